#!/bin/sh
# Makes the two roles and the database on a Postgres of your own; run it where psql may log in as a superuser.
#   OWNER_PASSWORD=... APP_PASSWORD=... script/roles.sh
set -eu
psql --set=ON_ERROR_STOP=1 --set=owner="$OWNER_PASSWORD" --set=app="$APP_PASSWORD" \
  --username="${POSTGRES_USER:-postgres}" --dbname=postgres <<'SQL'
CREATE ROLE crmgov_owner LOGIN PASSWORD :'owner';
CREATE ROLE crmgov_app LOGIN PASSWORD :'app';
CREATE DATABASE crmgov OWNER crmgov_owner;
SQL

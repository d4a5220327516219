"""Tables of a small HubSpot portal whose keys meet."""

from __future__ import annotations

from tests.imports.tables import table

COMPANY = table(
    "id,is_deleted,_fivetran_synced,property_name,property_domain,property_country,property_hubspot_owner_id",
    "1,false,2024-01-01 3:15:52,Polder Freight,polder-freight.com,Netherlands,70",
    "2,true,2024-01-01 3:15:52,Gone Ltd,gone.example,,",
    "3,false,2024-01-01 3:15:52,,nameless.example,,",
)
CONTACT = table(
    "id,_fivetran_deleted,property_email,property_firstname,property_lastname,property_hs_email_optout,"
    "property_hs_email_optout_77,property_hs_buying_role,property_hs_merged_object_ids,property_lifecyclestage",
    "11,false,maya@polder-freight.com,Maya,Lind,,false,CHAMPION;OTHER,12;13,marketingqualifiedlead",
    "12,false,m.lind@polder-freight.com,M.,Lind,,,,,",
    "14,false,tom@polder-freight.com,Tom,Becker,true,TRUE,,,customer",
)
OWNER = table(
    "owner_id,email,first_name,last_name,is_active",
    "70,sara@crmgov.test,Sara,Okafor,true",
    "71,,Left,Long Ago,false",
)
DEAL = table(
    "deal_id,is_deleted,deal_pipeline_id,deal_pipeline_stage_id,owner_id,property_dealname,property_amount,property_closedate",
    "21,false,p1,s1,71,Fleet roll-out,1200.50,2024-03-31 22:00:00",
    "22,false,p2,s2,70,,10,",
)
STAGE = table(
    "stage_id,_fivetran_deleted,closed_won,is_closed,display_order,label,pipeline_id",
    "s1,FALSE,FALSE,FALSE,1,Qualified,p1",
    "s2,FALSE,FALSE,FALSE,1,Qualified,p2",
    "s3,FALSE,TRUE,TRUE,2,Won,p1",
    "s4,FALSE,FALSE,TRUE,3,Lost,p1",
)
PIPELINE = table("pipeline_id,label", "p1,New business", "p2,Renewals")
TICKET = table(
    "id,is_deleted,property_closed_date,property_createdate,property_hs_pipeline_stage,property_hs_ticket_priority,"
    "property_subject,property_content",
    "31,FALSE,,2024-02-01 8:00:00,t1,MEDIUM,Data gaps,After the outage",
    "32,FALSE,2024-02-03 9:30:00,2024-02-01 8:00:00,t2,,,",
)
TICKET_STAGE = table("stage_id,is_closed,label,ticket_state", "t1,FALSE,New,OPEN", "t2,TRUE,Done,CLOSED")

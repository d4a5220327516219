"""The words by which `topics` knows what a text is about, in English and German.

`word` stands alone, `stem*` begins a word, `*part*` stands anywhere in one, and several words stand behind each other.
Umlauts are written out (ae, oe, ue, ss); a text may have either. Raise LISTS_VERSION with every change.
"""

from __future__ import annotations

LISTS_VERSION = 1
LISTS = {
    "complaint": """
        complain*, unhappy, dissatisf*, disappoint*, frustrat*, unacceptabl*, outrag*, angry, furious,
        annoy*, upset, terrible, terribly, awful*, horrible, worst, disgrac*, ridiculous*, unprofessional*,
        incompeten*, appall*, disgust*, poor service, bad service, poor support, bad support, fed up, let
        down, let us down, not happy, not satisfied, waste of*, escalat*, still not working, still broken,
        still does not work, still doesn t work, refund*, money back, compensat*, your manager, a manager,
        no response, no reply, nobody answer*, no one answer*, never heard back, lost trust, lost our trust,
        lost confidence, last straw, running out of patience, sick of, tired of, *beschwer*, unzufried*,
        nicht zufrieden*, enttaeusch*, veraerger*, aerger*, verstimm*, wuetend*, empoer*, frust*,
        inakzeptab*, nicht akzeptab*, nicht hinnehm*, unverschaemt*, frechheit, zumutung*, katastroph*,
        unterirdisch*, *reklam*, maengel*, mangelhaft*, bemaengel*, entschaedig*, *erstatt*, geld zurueck,
        geduld, keine antwort, keine rueckmeldung, niemand antwort*, niemand meldet sich, schlechter
        service, schlechten service, schlechter support, funktioniert immer noch nicht, geht immer noch
        nicht, vorgesetzt*, vertrauen verloren
    """,
    "cancellation": """
        cancel*, terminat*, unsubscrib*, opt out, opting out, churn*, not renew*, won t renew*, don t
        renew*, nonrenew*, non renew*, end our contract, end the contract, end this contract, end our
        subscription, end the subscription, end our agreement, close our account, close my account, close
        the account, delete our account, delete my account, discontinu*, notice period, give notice, giving
        notice, stop using, switch to, switching to, switch provider*, switch vendor*, move to another,
        moving to another, moving away, leave you, leaving you, walk away, no longer need, no longer want,
        take our business, let it lapse, let it expire, downgrad*, quit, *kuendig*, *storn*, abbestell*,
        abmeld*, abzumelden, beendig*, vertrag beenden, vertrag zu beenden, abo beenden, vertragsende*,
        nicht verlaenger*, nicht zu verlaenger*, keine verlaengerung*, auslaufen, anbieterwechsel*,
        wechseln, wechsel zu, zu wechseln, widerruf*, widerrufen, ruecktritt*, zuruecktreten,
        zurueckzutreten, konto schliessen, konto loeschen, konto aufloesen, *aufloesung*, nicht mehr nutzen,
        nicht mehr benoetig*, brauchen wir nicht mehr, trennen uns, ausstieg*, aussteigen
    """,
    "pricing": """
        price*, pricing, pricier, pricey, discount*, rebate*, quote, quotes, quoted, quotation*, cost,
        costs, costly, expensive, cheap*, budget*, fee, fees, tariff*, rate card, invoice*, invoicing,
        billing, billed, overcharg*, charged, charges, charging, surcharge*, margin*, payment term*, per
        seat, per user, negotiat*, best offer, special offer, final offer, better offer, free of charge, for
        free, credit note*, afford*, eur, euro, euros, usd, dollar*, chf, gbp, pounds, *preis*, *rabatt*,
        *nachlass*, nachlaesse*, skonto*, angebot*, konditionen, zahlungsbeding*, zahlungsziel*, kosten*,
        *kosten, kostet, *gebuehr*, teuer*, teurer, guenstig*, billig*, tarif*, *rechnung*, gutschrift*,
        verhandel*, verhandl*, gratis, umsonst, marge, margen, verguet*, aufpreis*, zuschlag*, franken
    """,
    "legal": """
        lawyer*, attorney*, solicitor*, counsel, legal*, law firm, sue, sued, sues, suing, lawsuit*,
        litigat*, court, courts, courtroom*, tribunal*, breach*, in breach, liab*, indemn*, gdpr, ccpa, data
        protection, dpa, nda, non disclosure, clause*, terms and conditions, contract terms, amendment*,
        addendum, warrant*, complian*, regulator*, subpoena*, cease and desist, damages, arbitrat*,
        copyright*, patent*, trademark*, infring*, antitrust, sanction*, unlawful*, illegal*, statutory,
        intellectual property, jurisdiction*, enforc*, prosecut*, police, *anwalt*, *anwaelt*, *rechtlich*,
        rechtsabteilung*, rechtsstreit*, rechtsweg*, rechtsverletz*, jurist*, klage*, verklag*, *gericht,
        gerichte, *gerichtlich*, gerichts*, haftung*, haftbar*, haften, *schadensersatz*, *schadenersatz*,
        abmahn*, dsgvo, *datenschutz*, vertragsbruch*, vertragsverletz*, vertragsstrafe*, agb, *klausel*,
        gewaehrleist*, mahnung*, gemahnt, mahnbescheid*, inkasso*, urheber*, markenrecht*, fristsetz*,
        setzen ihnen eine frist, unterlass*, strafanzeige*, strafrecht*, anzeige erstatt*, behoerde*,
        aufsicht*, geheimhalt*, verschwiegen*, auftragsverarbeit*, avv, gesetze, gesetzes, gesetzlich*,
        gesetzeswidrig*, polizei*
    """,
    "security": """
        security*, breach*, hack*, leak*, phish*, malware*, ransom*, virus*, trojan*, vulnerab*, exploit*,
        cve, password*, passphrase*, credential*, compromis*, unauthori*, stolen, stole, theft, data loss,
        lost data, intrus*, intruder*, fraud*, spoof*, scam*, two factor, mfa, 2fa, pentest*, penetration
        test*, zero day, ddos, soc 2, iso 27001, incident*, backdoor*, encrypt*, api key*, private key*,
        secret key*, access token*, impersonat*, *sicherheit*, *datenleck*, datenpanne*, datenverlust*,
        datenabfluss*, datendiebstahl*, *gehackt*, *angriff*, angegriffen, cyber*, schadsoftware*,
        trojaner*, *passwort*, *passwoert*, *kennwort*, *kennwoert*, zugangsdaten*, *schwachstelle*,
        gestohlen*, diebstahl*, missbrauch*, missbraeuch*, betrug*, betrueg*, unbefugt*, unberechtigt*,
        kompromittier*, verschluessel*, vorfall*, vorfaelle*, erpress*
    """,
}

//! The text of a letter about a breach: what art. 33(2) GDPR requires a processor to tell a controller, with that controller's facts only;
//! or what a controller tells its own adviser.

use crate::domain::{
    breaches::{
        evidence::AffectedAdviser,
        kinds::{Harm, Nature, OrdinaryData, SpecialData},
        letter::LetterText,
        record::Breach,
        words::{BreachLine, BreachText},
    },
    ids::RecordId,
    organisation::details::{Controller, FirmName, OrganisationDetails, OrganisationRole},
    sign_in::credentials::{EmailAddress, Language},
    wire::values::Moment,
};
use crate::flows::mail::words::moment;
use askama::Template;

macro_rules! letter {
    ($name:ident, $path:literal $(, $due:ident, $controller:ident)?) => {
        #[derive(Template)]
        #[template(path = $path, escape = "none")]
        struct $name<'a> {
            name: &'a str,
            reference: &'a str,
            organisation: &'a str,
            aware: &'a str,
            started: &'a str,
            summary: &'a str,
            nature: &'a str,
            data: &'a str,
            effects: &'a str,
            files: u32,
            opened: u32,
            changed: u32,
            exported: Option<u32>,
            handed_over: Option<u32>,
            deleted: Option<u32>,
            first: &'a str,
            last: &'a str,
            taken: &'a str,
            contact: &'a str,
            $($due: &'a str, $controller: &'a str,)?
        }

        impl $name<'_> {
            fn of(letter: &LetterFacts<'_>, language: Language) -> LetterText {
                let LetterFacts { id, breach, firm, found, .. } = *letter;
                let (facts, when) = (breach.facts(), |at: jiff::Timestamp| moment(at, language));
                let text = |text: Option<&str>| text.map_or_else(|| unknown(language).to_owned(), |text| text.trim().to_owned());
                let filled = $name {
                    name: &found.display_name.with(None),
                    reference: &id.to_string(),
                    organisation: sender(breach, firm),
                    aware: &text(breach.aware_at().map(|aware| when(aware.at())).as_deref()),
                    started: &text(facts.timeline.started_at.map(|start| when(start.at())).as_deref()),
                    summary: &text(facts.incident.summary.as_ref().map(BreachText::as_str)),
                    nature: &text(listed(&facts.incident.nature, language, nature).as_deref()),
                    data: &text(data_kinds(breach, language).as_deref()),
                    effects: &text(effects(breach, language).as_deref()),
                    files: found.files,
                    opened: found.opened,
                    changed: found.changed,
                    exported: found.exported,
                    handed_over: found.handed_over,
                    deleted: found.deleted,
                    first: &when(found.first_at.at()),
                    last: &when(found.last_at.at()),
                    taken: &text(facts.actions.taken.as_ref().map(BreachText::as_str)),
                    contact: &contact(breach, language).unwrap_or_else(|| officer(language).to_owned()),
                    $($due: &letter.due_at.map(|due| when(due.at())).unwrap_or_default(),
                    $controller: letter.controller.map_or("", |controller| controller.name.as_str()),)?
                };
                split(&filled.render().expect("text always renders into a string"))
            }
        }
    };
}

letter!(ToControllerNl, "nl/breach_controller.txt", due, controller);
letter!(ToControllerEn, "en/breach_controller.txt", due, controller);
letter!(ToAdviserNl, "nl/breach_adviser.txt");
letter!(ToAdviserEn, "en/breach_adviser.txt");

/// What a letter is written from.
pub(in crate::flows) struct LetterFacts<'a> {
    pub(in crate::flows) id: RecordId,
    pub(in crate::flows) breach: &'a Breach,
    /// The firm that runs this deployment.
    pub(in crate::flows) firm: &'a OrganisationDetails,
    pub(in crate::flows) found: &'a AffectedAdviser,
    /// When the adviser's firm has to have notified the authority, if it is the controller.
    pub(in crate::flows) due_at: Option<Moment>,
    /// That firm, if an officer named it.
    pub(in crate::flows) controller: Option<&'a Controller>,
}

/// Returns the letter in one language: to an adviser of the controller itself, or, also as long as no role is known, to a controller.
pub(in crate::flows) fn letter_text(letter: &LetterFacts<'_>, language: Language) -> LetterText {
    let is_own = letter.breach.duties().role == Some(OrganisationRole::Controller);
    match (is_own, language) {
        (true, Language::Nl | Language::Later(_)) => ToAdviserNl::of(letter, language),
        (true, Language::En) => ToAdviserEn::of(letter, language),
        (false, Language::Nl | Language::Later(_)) => ToControllerNl::of(letter, language),
        (false, Language::En) => ToControllerEn::of(letter, language),
    }
}

/// Who sends the letter: as the facts name it, or else as the deployment does.
fn sender<'a>(breach: &'a Breach, firm: &'a OrganisationDetails) -> &'a str {
    let named = breach.facts().organisation.name.as_ref().map(BreachLine::as_str);
    named.or_else(|| firm.name.as_ref().map(FirmName::as_str)).unwrap_or("FinRust")
}

/// The first line is the subject; blank lines separate paragraphs.
fn split(text: &str) -> LetterText {
    let (subject, body) = text.trim().split_once('\n').expect("the template starts with the line of the subject");
    let paragraphs = body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty());
    LetterText { subject: subject.to_owned(), paragraphs: paragraphs.map(str::to_owned).collect() }
}

const fn unknown(language: Language) -> &'static str {
    match language {
        Language::Nl | Language::Later(_) => "nog niet bekend",
        Language::En => "not known yet",
    }
}

const fn officer(language: Language) -> &'static str {
    match language {
        Language::Nl | Language::Later(_) => "de privacy officer",
        Language::En => "the privacy officer",
    }
}

fn contact(breach: &Breach, language: Language) -> Option<String> {
    let contact = &breach.facts().contact;
    let [name, role, phone] = [&contact.name, &contact.role, &contact.phone].map(|line| line.as_ref().map(BreachLine::as_str));
    let officer = match language {
        Language::Nl | Language::Later(_) => "functionaris gegevensbescherming (FG)",
        Language::En => "data protection officer (DPO)",
    };
    let officer = (contact.data_protection_officer == Some(true)).then_some(officer);
    let known: Vec<&str> = [name, role, officer, phone, contact.email.as_ref().map(EmailAddress::as_str)].into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// The likely consequences, which a notification of the adviser must contain (art. 33(3)(c) GDPR), a line each.
fn effects(breach: &Breach, language: Language) -> Option<String> {
    let effects = &breach.facts().effects;
    let properties = [
        (Nature::Confidentiality, effects.confidentiality.as_ref()),
        (Nature::Integrity, effects.integrity.as_ref()),
        (Nature::Availability, effects.availability.as_ref()),
    ];
    let of = |(property, text): (Nature, Option<&BreachText>)| {
        let (nl, en) = nature(property);
        let text = text?.as_str().trim();
        Some(match language {
            Language::Nl | Language::Later(_) => format!("Gevolgen voor de {nl}: {text}"),
            Language::En => format!("Effects on {en}: {text}"),
        })
    };
    let known: Vec<String> = listed(&effects.harm, language, harm).into_iter().chain(properties.into_iter().filter_map(of)).collect();
    (!known.is_empty()).then(|| known.join("\n"))
}

fn data_kinds(breach: &Breach, language: Language) -> Option<String> {
    let data = &breach.facts().data;
    let criminal = match language {
        Language::Nl | Language::Later(_) => "strafrechtelijke persoonsgegevens",
        Language::En => "criminal convictions and offences",
    };
    let lists = [listed(&data.ordinary, language, ordinary), listed(&data.special, language, special)];
    let criminal = (data.criminal == Some(true)).then(|| criminal.to_owned());
    let known: Vec<String> = lists.into_iter().flatten().chain(criminal).collect();
    (!known.is_empty()).then(|| known.join(", "))
}

fn listed<T: Copy>(values: &[T], language: Language, words: fn(T) -> (&'static str, &'static str)) -> Option<String> {
    let word = |value: &T| match language {
        Language::Nl | Language::Later(_) => words(*value).0,
        Language::En => words(*value).1,
    };
    (!values.is_empty()).then(|| values.iter().map(word).collect::<Vec<_>>().join(", "))
}

/// Stands for values that only a later version can name.
const SOMETHING_ELSE: (&str, &str) = ("iets anders", "something else");

const fn nature(nature: Nature) -> (&'static str, &'static str) {
    match nature {
        Nature::Confidentiality => ("vertrouwelijkheid", "confidentiality"),
        Nature::Integrity => ("integriteit", "integrity"),
        Nature::Availability => ("beschikbaarheid", "availability"),
        Nature::Later(_) => SOMETHING_ELSE,
    }
}

const fn harm(harm: Harm) -> (&'static str, &'static str) {
    match harm {
        Harm::IdentityFraud => ("identiteitsfraude", "identity fraud"),
        Harm::FinancialLoss => ("financiële schade", "financial loss"),
        Harm::Discrimination => ("discriminatie", "discrimination"),
        Harm::Reputation => ("reputatieschade", "damage to reputation"),
        Harm::Secrecy => ("schending van een beroepsgeheim", "breach of professional secrecy"),
        Harm::LossOfControl => ("verlies van controle over eigen gegevens", "loss of control over personal data"),
        Harm::Physical => ("lichamelijke schade", "physical harm"),
        Harm::LimitedRights => ("beperking van rechten", "limitation of rights"),
        Harm::Reidentification => ("ongedaan maken van pseudonimisering", "reversal of pseudonymisation"),
        Harm::SpamOrPhishing => ("spam of phishing", "spam or phishing"),
        Harm::Other | Harm::Later(_) => ("andere schade", "other harm"),
    }
}

const fn ordinary(data: OrdinaryData) -> (&'static str, &'static str) {
    match data {
        OrdinaryData::Name => ("namen", "names"),
        OrdinaryData::Address => ("adressen", "addresses"),
        OrdinaryData::Contact => ("telefoonnummers en e-mailadressen", "telephone numbers and e-mail addresses"),
        OrdinaryData::Login => ("inloggegevens", "sign-in details"),
        OrdinaryData::Financial => ("financiële gegevens", "financial data"),
        OrdinaryData::IdentityDocument => ("kopieën van identiteitsbewijzen", "copies of identity documents"),
        OrdinaryData::Bsn => ("burgerservicenummers (BSN)", "citizen service numbers (BSN)"),
        OrdinaryData::BirthDate => ("geboortedatums", "dates of birth"),
        OrdinaryData::Other | OrdinaryData::Later(_) => ("andere gegevens", "other data"),
    }
}

const fn special(data: SpecialData) -> (&'static str, &'static str) {
    match data {
        SpecialData::Health => ("gegevens over gezondheid", "data about health"),
        SpecialData::Ethnicity => ("ras of etnische afkomst", "racial or ethnic origin"),
        SpecialData::Religion => ("religieuze of levensbeschouwelijke overtuigingen", "religious or philosophical beliefs"),
        SpecialData::Politics => ("politieke opvattingen", "political opinions"),
        SpecialData::TradeUnion => ("lidmaatschap van een vakbond", "trade union membership"),
        SpecialData::Sexuality => ("seksueel gedrag of seksuele gerichtheid", "sex life or sexual orientation"),
        SpecialData::Biometric => ("biometrische gegevens", "biometric data"),
        SpecialData::Genetic => ("genetische gegevens", "genetic data"),
        SpecialData::Later(_) => SOMETHING_ELSE,
    }
}

//! What mails and letters call the firm that runs FinRust, and what they say about its duties. Both follow from its role, here and nowhere
//! else.

use super::words::{moment, plain};
use crate::domain::{
    organisation::details::{Controller, FirmAddress, FirmName, OrganisationDetails, OrganisationRole},
    sign_in::credentials::Language,
};
use crate::flows::{organisation, services::Services};
use jiff::Timestamp;

/// The firm that runs FinRust, as its texts call it.
#[derive(Default)]
pub struct Office(OrganisationDetails);

impl Office {
    /// Returns the firm as it is now. Without it, mails go out with the words that fit every firm: no mail is held up by it.
    pub(in crate::flows) async fn read(services: &Services) -> Self {
        match organisation::register::read(services).await {
            Ok(found) => Self(found.organisation.details(found.at).clone()),
            Err(_) => Self::default(),
        }
    }

    #[cfg(test)]
    pub(super) const fn of(details: OrganisationDetails) -> Self {
        Self(details)
    }

    fn is_provider(&self) -> bool {
        self.0.role == Some(OrganisationRole::Processor)
    }

    /// The firm whose privacy officers help the reader: the reader's own, or the provider by its name.
    pub(super) fn called(&self, language: Language) -> String {
        match (self.is_provider(), &self.0.name, language) {
            (true, Some(name), _) => plain(name.as_str()),
            (true, None, Language::Nl | Language::Later(_)) => "de aanbieder van FinRust".to_owned(),
            (true, None, Language::En) => "the provider of FinRust".to_owned(),
            (false, _, Language::Nl | Language::Later(_)) => "uw kantoor".to_owned(),
            (false, _, Language::En) => "your firm".to_owned(),
        }
    }

    /// The role by which a text that differs for a provider is told.
    pub(super) fn role(&self) -> &'static str {
        if self.is_provider() { "processor" } else { "controller" }
    }
}

/// Role, name and address, one on a line.
pub(super) fn details_lines(details: &OrganisationDetails, language: Language) -> String {
    let role = match (details.role, language) {
        (Some(OrganisationRole::Controller), Language::Nl | Language::Later(_)) => {
            "Rol: verwerkingsverantwoordelijke voor de cliëntdossiers"
        }
        (Some(OrganisationRole::Controller), Language::En) => "Role: controller of the client files",
        (Some(OrganisationRole::Processor), Language::Nl | Language::Later(_)) => {
            "Rol: verwerker van de cliëntdossiers van andere kantoren"
        }
        (Some(OrganisationRole::Processor), Language::En) => "Role: processor of the client files of other firms",
        (None | Some(OrganisationRole::Later(_)), Language::Nl | Language::Later(_)) => "Rol: niet ingevuld",
        (None | Some(OrganisationRole::Later(_)), Language::En) => "Role: not filled in",
    };
    firm_lines(Some(role.to_owned()), details.name.as_ref(), details.address.as_ref(), language)
}

/// Lines about a firm, with its name and its address on one line each.
fn firm_lines(first: Option<String>, name: Option<&FirmName>, address: Option<&FirmAddress>, language: Language) -> String {
    let (name_label, address_label) = match language {
        Language::Nl | Language::Later(_) => ("Naam", "Adres"),
        Language::En => ("Name", "Address"),
    };
    let name = name.map(|name| format!("{name_label}: {}", plain(name.as_str())));
    let address = address.map(|address| {
        let lines: Vec<_> = address.as_str().lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        format!("{address_label}: {}", plain(&lines.join(", ")))
    });
    first.into_iter().chain(name).chain(address).collect::<Vec<_>>().join("\n")
}

/// Who changed the details.
pub(super) fn changed_by(by: Option<&str>, language: Language) -> String {
    match (by, language) {
        (Some(name), Language::Nl | Language::Later(_)) => format!("{} heeft dat gedaan.", plain(name)),
        (Some(name), Language::En) => format!("{} did so.", plain(name)),
        (None, Language::Nl | Language::Later(_)) => "De wachttijd van een voorstel was voorbij.".to_owned(),
        (None, Language::En) => "The wait of a proposal was over.".to_owned(),
    }
}

/// When a proposal comes into force.
pub(super) fn wait_words(applies_at: Option<Timestamp>, language: Language) -> String {
    match (applies_at, language) {
        (Some(at), Language::Nl | Language::Later(_)) => format!("Het voorstel gaat in op {}.", moment(at, language)),
        (Some(at), Language::En) => format!("The proposal takes effect on {}.", moment(at, language)),
        (None, Language::Nl | Language::Later(_)) => "Het voorstel gaat in zodra een andere privacy officer het goedkeurt.".to_owned(),
        (None, Language::En) => "The proposal takes effect as soon as another privacy officer approves it.".to_owned(),
    }
}

/// The firm of an adviser, one fact on a line.
pub(super) fn controller_lines(controller: Option<&Controller>, language: Language) -> String {
    match (controller, language) {
        (Some(controller), _) => firm_lines(None, Some(&controller.name), Some(&controller.address), language),
        (None, Language::Nl | Language::Later(_)) => "Er is geen kantoor meer ingevuld.".to_owned(),
        (None, Language::En) => "No firm is filled in any more.".to_owned(),
    }
}

//! Who runs this deployment, and in which role: the controller of all client files, or the processor of those of other firms.
//!
//! An office runs FinRust for its own advisers and is the controller of everything. A provider runs it for advisers of other firms: it is
//! the processor of their client files, and itself the controller of accounts, login attempts and logs.

use crate::{closed_set, domain::text, text_type, wire_object};
use utoipa::ToSchema;

closed_set! {
    /// The role of the organisation for client files.
    pub enum OrganisationRole in "snake_case" {
        /// It decides about the files of its own advisers (art. 4(7) GDPR).
        Controller,
        /// It stores the files of advisers of other firms, who are their controllers (art. 4(8) GDPR).
        Processor,
    }
}

text_type!(
    /// The name of a firm: one line of 1 to 200 characters, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 200, pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$")]
    FirmName,
    |typed| text::line(typed, 200)
);

text_type!(
    /// The postal address of a firm: 1 to 500 characters over any number of lines, not only blanks.
    #[derive(ToSchema)]
    #[schema(min_length = 1, max_length = 500,
        pattern = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f][^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*$")]
    FirmAddress,
    |typed| text::visible_block(typed, 500)
);

wire_object! {
    /// The role, name and address of the organisation.
    pub sparse struct OrganisationDetails {
        /// Its role for client files; absent until it is chosen.
        role: Option<OrganisationRole>,
        /// The name of the firm.
        name: Option<FirmName>,
        /// The postal address of the firm.
        address: Option<FirmAddress>,
    }

    /// The firm that decides about the client files of an adviser: their controller (art. 4(7) GDPR).
    pub stored struct Controller {
        /// The name of the firm.
        name: FirmName,
        /// The postal address of the firm.
        address: FirmAddress,
    }
}

impl OrganisationDetails {
    /// Whether the change to `wanted` removes duties of the organisation, so that one officer alone cannot make it.
    pub fn loses_duties(&self, wanted: &Self) -> bool {
        let is_processor = |details: &Self| details.role == Some(OrganisationRole::Processor);
        is_processor(wanted) && !is_processor(self)
    }
}

impl Controller {
    /// Whether both are certainly the same firm: capitals, blanks and line ends aside.
    pub fn is_same(&self, other: &Self) -> bool {
        fn folded(controller: &Controller) -> (String, String) {
            let fold = |text: &str| text.split_whitespace().map(str::to_lowercase).collect::<Vec<_>>().join(" ");
            (fold(controller.name.as_str()), fold(controller.address.as_str()))
        }
        folded(self) == folded(other)
    }
}

#[cfg(test)]
mod tests {
    use super::{Controller, FirmAddress, FirmName, OrganisationDetails, OrganisationRole};

    fn controller(name: &str, address: &str) -> Controller {
        Controller { name: FirmName::parse(name).expect("a name"), address: FirmAddress::parse(address).expect("an address") }
    }

    #[test]
    fn firms_of_one_name_at_two_addresses_are_two_firms() {
        let one = controller("De Hypotheekshop", "Kade 1\n1234 AB Delft");
        assert!(one.is_same(&controller(" de  hypotheekshop ", "Kade 1  1234 ab Delft")));
        assert!(!one.is_same(&controller("De Hypotheekshop", "Kade 2\n1234 AB Delft")));
        assert!(!one.is_same(&controller("Hypotheekshop", "Kade 1\n1234 AB Delft")));
    }

    #[test]
    fn only_becoming_a_processor_removes_duties() {
        let with = |role| OrganisationDetails { role, ..OrganisationDetails::default() };
        let (unset, controller, processor) =
            (with(None), with(Some(OrganisationRole::Controller)), with(Some(OrganisationRole::Processor)));
        for (from, to, loses) in [
            (&unset, &processor, true),
            (&controller, &processor, true),
            (&processor, &processor, false),
            (&processor, &controller, false),
            (&processor, &unset, false),
            (&unset, &controller, false),
            (&controller, &unset, false),
        ] {
            assert_eq!(from.loses_duties(to), loses, "{:?} to {:?}", from.role, to.role);
        }
    }
}

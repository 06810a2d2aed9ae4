//! Who created which account, and which accounts may therefore belong to one person.
//!
//! The creator of an account may also be its user, because the creator chose where the invitation was sent. Two accounts count as two
//! people only when neither was created by the other, directly or through others, and no officer created both. An account created by the
//! operator has no creator among the officers.

use super::account::{Account, AccountKind, Status};
use crate::domain::stored::BlindIndex;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};

/// The creators of an account: every officer who chose where its invitation is sent.
///
/// For an account older than this record the creators are unknown: it counts as created by every officer who had an account then.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeBy {
    /// Whether creators have been recorded since the account was created.
    #[serde(default)]
    known: bool,
    /// The officers who proposed it, confirmed it or changed the address of its invitation; empty when only the operator did.
    #[serde(default)]
    officers: Vec<BlindIndex>,
    /// The officer among them who confirmed it last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confirmed_by: Option<BlindIndex>,
}

impl MadeBy {
    /// Created by the operator with the command.
    pub const fn operator() -> Self {
        Self { known: true, officers: Vec::new(), confirmed_by: None }
    }

    /// Created by an officer through the API.
    pub fn officer(officer: BlindIndex) -> Self {
        Self { known: true, officers: vec![officer], confirmed_by: None }
    }

    /// Adds an officer who also took part.
    pub fn add(&mut self, officer: BlindIndex) {
        if !self.officers.contains(&officer) {
            self.officers.push(officer);
        }
    }

    /// Records the confirmation by a second officer.
    pub fn confirm(&mut self, officer: BlindIndex) {
        self.add(officer);
        self.confirmed_by = Some(officer);
    }

    /// Whether this officer was the last to confirm it.
    pub fn was_confirmed_by(&self, officer: BlindIndex) -> bool {
        self.confirmed_by == Some(officer)
    }
}

/// Why two accounts do not count as two people, or why there is no second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTwo {
    /// The proposer cannot be the second officer.
    SameOfficer,
    /// One account created the other, or somebody created both: they may belong to one person.
    RelatedOfficer,
    /// The proposer is no longer an active officer.
    NotInOffice,
    /// The successor may be the same person as the proposer.
    RelatedSuccessor,
    /// There is no officer who could be the second; the operator has to create one.
    NoSecondOfficer,
}

impl Account {
    /// Whether another officer has to confirm it.
    pub const fn is_proposed(&self) -> bool {
        !self.proposed_by.is_empty()
    }

    /// Whether it has not been used yet, so that its invitation can be changed or withdrawn.
    pub fn is_unused(&self) -> bool {
        self.is_proposed() || self.status == Status::Invited
    }
}

/// All accounts with their creators.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    accounts: HashMap<BlindIndex, Origin>,
}

#[derive(Clone, Debug)]
struct Origin {
    is_officer: bool,
    is_active: bool,
    created_at: Timestamp,
    made_by: MadeBy,
}

impl Lineage {
    /// Builds the lineage of these accounts, which must be complete.
    pub fn of<'a>(accounts: impl IntoIterator<Item = (BlindIndex, &'a Account)>) -> Self {
        let origin = |account: &Account| Origin {
            is_officer: account.kind == AccountKind::Officer,
            is_active: account.status == Status::Active,
            created_at: account.created_at,
            made_by: account.made_by.clone(),
        };
        Self { accounts: accounts.into_iter().map(|(id, account)| (id, origin(account))).collect() }
    }

    /// Whether two accounts may belong to one person. True for an account that does not exist or whose creators cannot be traced.
    #[must_use]
    pub fn may_be_one(&self, one: BlindIndex, other: BlindIndex) -> bool {
        match (self.with_makers(one), self.with_makers(other)) {
            (Some(one), Some(other)) => !one.is_disjoint(&other),
            _ => true,
        }
    }

    /// Whether this is the account of an active officer.
    #[must_use]
    pub fn is_officer_in_office(&self, account: BlindIndex) -> bool {
        self.accounts.get(&account).is_some_and(|origin| origin.is_officer && origin.is_active)
    }

    /// Checks that this officer is certainly not one of the proposers, and that all of them are active officers.
    pub fn second(&self, officer: BlindIndex, proposers: &[BlindIndex]) -> Result<(), NotTwo> {
        if proposers.contains(&officer) {
            return Err(NotTwo::SameOfficer);
        }
        if ![officer].iter().chain(proposers).all(|officer| self.is_officer_in_office(*officer)) {
            return Err(NotTwo::NotInOffice);
        }
        if proposers.iter().any(|proposer| self.may_be_one(officer, *proposer)) { Err(NotTwo::RelatedOfficer) } else { Ok(()) }
    }

    /// Whether there is an active officer who is certainly a different person.
    pub fn has_second(&self, officer: BlindIndex) -> bool {
        self.accounts.keys().any(|other| self.is_officer_in_office(*other) && !self.may_be_one(officer, *other))
    }

    /// Returns the account and everyone who created it, directly or through others.
    fn with_makers(&self, account: BlindIndex) -> Option<HashSet<BlindIndex>> {
        let (mut found, mut open) = (HashSet::new(), vec![account]);
        while let Some(next) = open.pop() {
            if found.insert(next) {
                open.extend(self.direct(next, self.accounts.get(&next)?));
            }
        }
        Some(found)
    }

    fn direct<'a>(&'a self, account: BlindIndex, origin: &'a Origin) -> impl Iterator<Item = BlindIndex> + 'a {
        let was_there = move |(id, other): &(&BlindIndex, &Origin)| {
            !origin.made_by.known && **id != account && other.is_officer && other.created_at <= origin.created_at
        };
        let officers = self.accounts.iter().filter(was_there).map(|(id, _)| *id);
        officers.chain(origin.made_by.officers.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::{BlindIndex, Lineage, MadeBy, Origin};
    use jiff::Timestamp;

    fn id(number: u8) -> BlindIndex {
        BlindIndex::from_bytes([number; 32])
    }

    fn by(makers: &[u8]) -> MadeBy {
        MadeBy { known: true, officers: makers.iter().copied().map(id).collect(), confirmed_by: None }
    }

    /// Numbers below 100 are officers, the others advisers; each was created in the second of its number.
    fn lineage(accounts: &[(u8, MadeBy)]) -> Lineage {
        let origin = |number: u8, made_by: &MadeBy| Origin {
            is_officer: number < 100,
            is_active: true,
            created_at: Timestamp::from_second(number.into()).unwrap(),
            made_by: made_by.clone(),
        };
        Lineage { accounts: accounts.iter().map(|(number, made_by)| (id(*number), origin(*number, made_by))).collect() }
    }

    /// Returns every pair of these that counts as two people.
    fn two(lineage: &Lineage, accounts: &[u8]) -> Vec<(u8, u8)> {
        let pairs = accounts.iter().flat_map(|one| accounts.iter().map(move |other| (*one, *other)));
        let apart = |(one, other): &(u8, u8)| {
            let apart = !lineage.may_be_one(id(*one), id(*other));
            assert_eq!(apart, !lineage.may_be_one(id(*other), id(*one)), "the same both ways");
            apart && one < other
        };
        pairs.filter(apart).collect()
    }

    #[test]
    fn what_the_operator_made_are_two_people() {
        let lineage = lineage(&[(1, by(&[])), (2, by(&[])), (100, by(&[]))]);
        assert_eq!(two(&lineage, &[1, 2, 100]), [(1, 2), (1, 100), (2, 100)]);
        assert!(lineage.may_be_one(id(1), id(1)));
        assert!(lineage.has_second(id(1)));
    }

    #[test]
    fn maker_and_made_may_be_one_also_through_others_and_so_may_those_whom_one_has_made() {
        // 1 and 2 created 3; 1 alone created 4; 3 created 5; 5 created the adviser 105.
        let lineage = lineage(&[(1, by(&[])), (2, by(&[])), (3, by(&[1, 2])), (4, by(&[1])), (5, by(&[3])), (6, by(&[])), (105, by(&[5]))]);
        assert_eq!(two(&lineage, &[1, 2, 3, 4, 5, 6, 105]), [(1, 2), (1, 6), (2, 4), (2, 6), (3, 6), (4, 6), (5, 6), (6, 105)]);
    }

    #[test]
    fn of_what_is_unknown_every_officer_that_was_there_is_a_maker() {
        let unknown = MadeBy::default;
        let lineage = lineage(&[(1, unknown()), (2, unknown()), (101, unknown()), (3, by(&[])), (102, by(&[]))]);
        assert_eq!(two(&lineage, &[1, 2, 101, 3, 102]), [(1, 3), (1, 102), (2, 3), (2, 102), (101, 102), (3, 102)]);
        assert!(lineage.may_be_one(id(3), id(101)), "3 was there when 101 was made");
    }

    #[test]
    fn who_cannot_be_followed_may_be_anybody() {
        let lineage = lineage(&[(1, by(&[])), (2, by(&[9])), (3, by(&[2]))]);
        assert_eq!(two(&lineage, &[1, 2, 3, 9]), []);
        assert!(!lineage.has_second(id(1)) && !lineage.is_officer_in_office(id(9)));
    }

    #[test]
    fn a_circle_comes_to_an_end() {
        let lineage = lineage(&[(1, by(&[2])), (2, by(&[1])), (3, by(&[]))]);
        assert_eq!(two(&lineage, &[1, 2, 3]), [(1, 3), (2, 3)]);
    }

    #[test]
    fn an_account_from_before_says_nothing_and_is_read_as_unknown() {
        assert_eq!(serde_json::from_str::<MadeBy>("{}").unwrap(), MadeBy::default());
        let kept = MadeBy::officer(id(7));
        assert_eq!(serde_json::from_slice::<MadeBy>(&serde_json::to_vec(&kept).unwrap()).unwrap(), kept);
    }
}

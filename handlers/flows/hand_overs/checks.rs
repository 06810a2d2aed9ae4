//! Whether a hand-over may proceed, given the current accounts: checked when it is proposed, when it is approved and before files move.
//!
//! Requires two officers who are certainly two people, a successor whom the proposer certainly did not create, and both advisers as they
//! were approved.

use crate::flows::{
    accounts::officers::{Everyone, everyone},
    failure::Failure,
    services::Services,
};
use crate::{
    domain::{
        accounts::{
            account::{Account, AccountKind, Status},
            lineage::{Lineage, NotTwo},
        },
        hand_overs::record::{HandOver, HandOverRefused, Side},
        ids::{RecordId, ScopeId},
        stored::BlindIndex,
    },
    store::error::StoreError,
};

/// All accounts, and who created whom.
pub(in crate::flows) struct Ground {
    pub(in crate::flows) everyone: Everyone,
    lineage: Lineage,
}

impl Ground {
    pub(in crate::flows) async fn read(services: &Services) -> Result<Self, StoreError> {
        let everyone = everyone(services).await?;
        Ok(Self { lineage: everyone.lineage(), everyone })
    }

    /// Whether it may be proposed.
    pub(in crate::flows) fn may_be_proposed(&self, hand_over: &HandOver) -> Result<(), Failure> {
        self.successor_is_ready(&hand_over.to)?;
        self.leaver_is_ready(&hand_over.from)?;
        self.have_one_controller(&hand_over.from, &hand_over.to)?;
        if !self.lineage.is_officer_in_office(hand_over.proposed_by) {
            return Err(NotTwo::NotInOffice.into());
        }
        // Also a successor who shares a creator with the proposer: both may be the same person.
        if self.lineage.may_be_one(hand_over.proposed_by, hand_over.to.account) {
            return Err(NotTwo::RelatedSuccessor.into());
        }
        Ok(())
    }

    /// Whether this officer may approve it, or could have.
    pub(in crate::flows) fn may_be_approved(&self, hand_over: &HandOver, officer: BlindIndex) -> Result<(), Failure> {
        self.may_be_proposed(hand_over)?;
        Ok(self.lineage.second(officer, &[hand_over.proposed_by])?)
    }

    /// Whether files may start to move now.
    pub(in crate::flows) fn may_begin(
        &self,
        id: RecordId,
        hand_over: &HandOver,
        (one, other): (BlindIndex, BlindIndex),
    ) -> Result<(), Failure> {
        if one != hand_over.proposed_by || self.account(&hand_over.from)?.handed_over != Some(id) {
            return Err(HandOverRefused::Exists.into());
        }
        self.may_be_approved(hand_over, other)
    }

    fn account(&self, side: &Side) -> Result<&Account, Failure> {
        self.everyone.account(side.account).ok_or(Failure::NotFound)
    }

    /// Whether one firm decides about the files of both. An adviser without a named firm belongs to the one that runs this deployment.
    fn have_one_controller(&self, from: &Side, to: &Side) -> Result<(), Failure> {
        let is_one = match (&self.account(from)?.controller, &self.account(to)?.controller) {
            (None, None) => true,
            (Some(one), Some(other)) => one.is_same(other),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if is_one { Ok(()) } else { Err(HandOverRefused::OtherController.into()) }
    }

    fn leaver_is_ready(&self, side: &Side) -> Result<(), Failure> {
        let account = self.account(side)?;
        if account.status != Status::Disabled {
            return Err(HandOverRefused::LeaverNotDisabled.into());
        }
        if has_scope(account, side.scope) { Ok(()) } else { Err(HandOverRefused::Exists.into()) }
    }

    fn successor_is_ready(&self, side: &Side) -> Result<(), Failure> {
        let account = self.account(side)?;
        let is_ready = account.status == Status::Active && has_scope(account, side.scope);
        if is_ready { Ok(()) } else { Err(HandOverRefused::SuccessorNotActive.into()) }
    }
}

/// An adviser who is still receiving files cannot hand them over.
pub(in crate::flows) async fn nothing_comes(services: &Services, id: RecordId, leaver: &Side) -> Result<(), Failure> {
    let all = services.hand_overs.all().await?;
    let brings = all.iter().any(|(other, summary)| *other != id && summary.phase.is_running() && summary.to.account == leaver.account);
    if brings { Err(HandOverRefused::Exists.into()) } else { Ok(()) }
}

/// Whether this is the account's current scope.
pub(in crate::flows) fn has_scope(account: &Account, scope: ScopeId) -> bool {
    account.kind == AccountKind::Adviser { scope }
}

#[cfg(test)]
mod tests {
    use super::{BlindIndex, Everyone, Failure, Ground, HandOver, HandOverRefused, Lineage, ScopeId, Side};
    use crate::domain::{
        accounts::account::Account,
        hand_overs::record::{Phase, Reason},
        sign_in::credentials::DisplayName,
    };
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn id(number: u8) -> BlindIndex {
        BlindIndex::from_bytes([number; 32])
    }

    fn scope(number: u8) -> ScopeId {
        ScopeId::from_random([number; 16])
    }

    fn account(kind: &Value, status: &str) -> Account {
        let account = json!({ "username": "anna", "display_name": "Anna", "email": "a@b.nl", "language": "nl", "kind": kind, "status": status,
            "made_by": { "known": true }, "password": "hash", "password_changed_at": null, "one_time": null, "resets": [],
            "second_factor": null, "devices": [], "sessions": [], "missing_factor_notice_at": null,
            "created_at": "2026-11-23T09:00:00Z", "last_signed_in_at": null });
        serde_json::from_value(account).expect("an account")
    }

    fn side(number: u8) -> Side {
        Side { account: id(number), scope: scope(number), name: DisplayName::parse("Anna").expect("a name"), username: None }
    }

    /// Checks the approval by 4 of a handover from 1 to 2 that 3 proposed, where the advisers currently have these scopes.
    fn judged(of_leaver: ScopeId, of_successor: ScopeId) -> Result<(), Failure> {
        let adviser = |scope: ScopeId, status| account(&json!({ "adviser": { "scope": scope } }), status);
        let officer = || account(&json!("officer"), "active");
        let everyone =
            vec![(id(1), adviser(of_leaver, "disabled")), (id(2), adviser(of_successor, "active")), (id(3), officer()), (id(4), officer())];
        let everyone = Everyone::of(everyone);
        let lineage: Lineage = everyone.lineage();
        let hand_over = HandOver {
            from: side(1),
            to: side(2),
            reason: Reason::parse("Vertrekt").expect("a reason"),
            proposed_by: id(3),
            proposed_at: Timestamp::UNIX_EPOCH,
            phase: Phase::Proposed,
            approved_by: None,
            moves_at: None,
        };
        Ground { everyone, lineage }.may_be_approved(&hand_over, id(4))
    }

    #[test]
    fn both_advisers_have_the_files_of_when_it_was_proposed() {
        assert!(judged(scope(1), scope(2)).is_ok());
        assert!(matches!(judged(scope(9), scope(2)), Err(Failure::HandOver(HandOverRefused::Exists))));
        let gone = judged(scope(1), scope(9));
        assert!(matches!(gone, Err(Failure::HandOver(HandOverRefused::SuccessorNotActive))), "whose files went to somebody else since");
    }
}

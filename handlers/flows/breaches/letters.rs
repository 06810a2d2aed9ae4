//! Letters about a breach to the advisers concerned: written and sent by an officer, read by the adviser.
//!
//! The officer sees how many files are affected. Which clients they belong to is resolved in the adviser's own session, by querying the
//! adviser's trail for the same window and reading the names under the adviser's key (P14).

use super::letter_text::{LetterFacts, letter_text};
use crate::flows::{
    breaches, clients, hand_overs,
    intents::Story,
    organisation,
    registers::{
        self,
        steps::{RegisterFailure, take},
    },
    services::Services,
};
use crate::{
    domain::{
        accounts::account::AccountKind,
        breaches::{
            evidence::AffectedAdviser,
            letter::Letter,
            record::Breach,
            steps::{BreachEvent, SystemStep},
        },
        clients::summary::ClientSummary,
        hand_overs::succession::Succession,
        ids::{ClientId, RecordId},
        later::OrLater,
        organisation::{details::OrganisationDetails, duties::DEADLINE},
        request_tag::RequestTag,
        sign_in::{
            credentials::Language,
            session::{Adviser, Officer},
        },
        stored::BlindIndex,
        wire::{
            fields::{FieldCode, InvalidFields},
            values::{AccountRef, Moment},
        },
    },
    store::error::StoreError,
};
use jiff::Timestamp;
use std::collections::HashMap;

/// A letter with the clients it concerns, as its adviser sees it.
pub struct OwnLetter {
    pub breach: RecordId,
    pub letter: Letter,
    /// The clients whose files still exist.
    pub clients: Vec<(ClientId, ClientSummary)>,
    /// How many of the files no longer exist.
    pub gone: usize,
}

/// Returns the letters as they would be sent now, one for each adviser who holds files of the newest attached finding.
pub async fn drafts(services: &Services, by: Officer, id: RecordId) -> Result<Vec<Letter>, RegisterFailure> {
    let found = breaches::register::find(services, by, id).await?;
    let holders = holders(services, id, &found.record).await?;
    let (firm, now) = (firm(services).await?, Moment::of(services.now()));
    Ok(holders.into_iter().filter_map(|holder| write(id, &found.record, (&firm, holder.found), now)).collect())
}

/// Sends the letter to one adviser: it can be read in the product at once, and a mail without content announces it.
///
/// # Errors
/// [`RegisterFailure`]; `/account` is an invalid field when the account's files were not found to be affected.
pub async fn send(
    services: &Services,
    by: Officer,
    id: RecordId,
    request: Option<RequestTag>,
    to: AccountRef,
) -> Result<Letter, RegisterFailure> {
    let now = Moment::of(services.now());
    let not_affected = || RegisterFailure::Invalid(InvalidFields::one("/account", FieldCode::UnknownValue));
    let holders = holders(services, id, &breaches::register::find(services, by, id).await?.record).await?;
    let firm = firm(services).await?;
    let decide = |breach: &Breach| {
        let holder = holders.iter().find(|holder| holder.is_for(to)).ok_or_else(not_affected)?;
        let letter = write(id, breach, (&firm, holder.found.clone()), now).ok_or_else(not_affected)?;
        Ok(breach.with_letter(letter, holder.of.iter().copied().filter(|of| *of != holder.found.account).collect())?)
    };
    let sent = take(services, &services.breaches, by.proof(), (id, request), decide).await?;
    registers::notices::post_or_leave(services, &services.breaches, id).await;
    if let Some(request) = request
        && let Some(letter) = sent_for(services, by, id, request).await.map_err(Story::but_done)?
    {
        return Ok(letter);
    }
    let number = sent.record.next_letter() - 1;
    let letters = letters(services, id).await.map_err(StoreError::but_done)?;
    letters.into_iter().find(|letter| letter.number == number).ok_or(RegisterFailure::Store(StoreError::Unknown.but_done()))
}

/// Returns the letter that an earlier try of the same request sent.
pub async fn sent_for(services: &Services, _by: Officer, id: RecordId, request: RequestTag) -> Result<Option<Letter>, RegisterFailure> {
    for step in services.breaches.steps(id).await? {
        if request.repeats(step.event.request.as_ref())? {
            return Ok(letter(step.event.event));
        }
    }
    Ok(None)
}

/// Returns the letters this adviser received, newest first, with the names of the adviser's own clients.
pub async fn mine(services: &Services, adviser: &Adviser) -> Result<Vec<OwnLetter>, StoreError> {
    let me = AccountRef(adviser.account);
    let mut own = Vec::new();
    for (breach, summary) in services.breaches.all().await? {
        if summary.letters_to.contains(&me) {
            let letters = letters(services, breach).await?.into_iter().filter(|letter| letter.account == me);
            own.extend(letters.map(|letter| (breach, letter)));
        }
    }
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let names: HashMap<ClientId, ClientSummary> = clients::files::all(services, adviser.scope()).await?.into_iter().collect();
    let succession = hand_overs::register::succession(services).await?;
    let mut mine = Vec::new();
    for (breach, letter) in own {
        // A letter written before former owners were considered counts only the adviser's own files, and so must its list of clients.
        let had_come = letter.former_owners.then(|| succession.formers(adviser.scope(), letter.written_at.at()));
        let files = services.trails.files(adviser.scope(), &had_come.unwrap_or_default(), &letter.window).await?;
        let mut clients: Vec<_> = files.iter().filter_map(|id| Some((*id, names.get(id)?.clone()))).collect();
        clients.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        mine.push(OwnLetter { breach, gone: files.len() - clients.len(), letter, clients });
    }
    mine.sort_by_key(|own| std::cmp::Reverse(own.letter.written_at));
    Ok(mine)
}

/// What was found about the files that one adviser holds now.
struct Holder {
    found: AffectedAdviser,
    /// The accounts that held the files when they were found.
    of: Vec<AccountRef>,
}

impl Holder {
    fn is_for(&self, account: AccountRef) -> bool {
        self.found.account == account || self.of.contains(&account)
    }
}

/// Groups the findings by current holder: findings about files that were handed over since belong to the successor.
async fn holders(services: &Services, id: RecordId, breach: &Breach) -> Result<Vec<Holder>, StoreError> {
    let advisers = breach.affected().map(|affected| affected.advisers.clone()).unwrap_or_default();
    let attached = |event: &OrLater<BreachEvent>| matches!(event.known(), Some(BreachEvent::Followed(SystemStep::AffectedAttached { .. })));
    let steps = services.breaches.steps(id).await?;
    let found_at = steps.iter().rev().find(|step| attached(&step.event.event)).map_or(breach.reported_at().at(), |step| step.at);
    let succession = hand_overs::register::succession(services).await?;
    let mut holders: Vec<Holder> = Vec::new();
    for mut found in advisers {
        let of = found.account;
        let holder = current(services, &succession, of, found_at).await?;
        if holder != of.0 || found.username.is_none() {
            match services.identities.find(holder).await?.identity.account {
                Some(account) => {
                    (found.account, found.display_name, found.username) =
                        (AccountRef(holder), account.display_name, Some(account.username));
                }
                None if holder != of.0 => continue,
                None => {}
            }
        }
        match holders.iter_mut().find(|known| known.found.account == found.account) {
            // A file belongs to one adviser at a time, so findings about two advisers are about different files.
            Some(known) => {
                known.found.add(&found);
                known.of.push(of);
            }
            None => holders.push(Holder { found, of: vec![of] }),
        }
    }
    Ok(holders)
}

/// Returns the current holder of the files that `of` held at `then`.
async fn current(services: &Services, succession: &Succession, of: AccountRef, then: Timestamp) -> Result<BlindIndex, StoreError> {
    let holder = succession.holder(of.0, then);
    if holder != of.0 {
        return Ok(holder);
    }
    // Found during their hand-over.
    let heir = match services.identities.find(of.0).await?.account().map(|account| account.kind) {
        Some(AccountKind::Adviser { scope }) => succession.heir(scope),
        Some(AccountKind::Officer | AccountKind::Later(_)) | None => None,
    };
    Ok(heir.unwrap_or(of.0))
}

/// What is filled in about the firm that runs this deployment.
async fn firm(services: &Services) -> Result<OrganisationDetails, StoreError> {
    let found = organisation::register::read(services).await?;
    Ok(found.organisation.details(found.at).clone())
}

/// Writes the letter of this firm about this finding from the current facts of `breach`.
fn write(id: RecordId, breach: &Breach, (firm, found): (&OrganisationDetails, AffectedAdviser), now: Moment) -> Option<Letter> {
    let affected = breach.affected()?;
    let to = found.account;
    let due_at = breach.duties().tells_controllers().then(|| Moment::of(now.at() + DEADLINE));
    let facts = LetterFacts { id, breach, firm, found: &found, due_at };
    Some(Letter {
        number: breach.next_letter(),
        account: to,
        written_at: now,
        due_at,
        nl: letter_text(&facts, Language::Nl),
        en: letter_text(&facts, Language::En),
        window: affected.window.clone(),
        former_owners: true,
        found,
    })
}

async fn letters(services: &Services, id: RecordId) -> Result<Vec<Letter>, StoreError> {
    let steps = services.breaches.steps(id).await?;
    Ok(steps.into_iter().filter_map(|step| letter(step.event.event)).collect())
}

/// Returns the letter that a step sent, if it sent one.
fn letter(event: OrLater<BreachEvent>) -> Option<Letter> {
    match event.into_known()? {
        BreachEvent::Followed(SystemStep::LetterSent { letter }) => Some(*letter),
        BreachEvent::Followed(_) | BreachEvent::Taken(_) => None,
    }
}

//! Letters about a breach to the advisers concerned: written and sent by an officer, read by their adviser.
//!
//! The officer knows how many files it is about. Which clients they are, the adviser's own session finds out, by asking the own trail
//! the same question and reading the names under the own key (P14).

use super::{
    breach_letter_text::letter_text,
    breach_notices,
    breaches::{self, BreachFailure, change, shelf},
    clients,
    intents::Taker,
    services::Services,
};
use crate::{
    domain::{
        breach::{
            evidence::AffectedAdviser,
            letter::Letter,
            record::Breach,
            steps::{BreachEvent, SystemStep},
            words::{AccountRef, Moment},
        },
        client::summary::ClientSummary,
        credentials::Language,
        fields::{FieldCode, InvalidFields},
        ids::{ClientId, RecordId},
        later::OrLater,
        session::{Adviser, Officer},
    },
    store::error::StoreError,
};
use std::collections::HashMap;

/// A letter with the clients that it is about, for its adviser.
pub struct OwnLetter {
    /// Which breach.
    pub breach: RecordId,
    /// The letter.
    pub letter: Letter,
    /// The clients whose files are still there.
    pub clients: Vec<(ClientId, ClientSummary)>,
    /// How many files are gone since.
    pub gone: usize,
}

/// The letters as they would be sent now, one for each adviser of the newest attached finding.
///
/// # Errors
/// [`BreachFailure`].
pub async fn drafts(services: &Services, by: Officer, id: RecordId) -> Result<Vec<Letter>, BreachFailure> {
    let found = breaches::find(services, by, id).await?;
    let advisers = found.record.affected().map(|affected| affected.advisers.clone()).unwrap_or_default();
    let now = Moment::of(services.now());
    Ok(advisers.iter().filter_map(|adviser| write(id, &found.record, adviser.account, now)).collect())
}

/// Sends the letter to one adviser: it is in the product at once, and a mail without content says so.
///
/// # Errors
/// [`BreachFailure`]; the account is a bad field when its files were not found to be affected.
pub async fn send(services: &Services, by: Officer, id: RecordId, to: AccountRef) -> Result<Letter, BreachFailure> {
    let now = Moment::of(services.now());
    let not_affected = || BreachFailure::Invalid(InvalidFields::one("/account", FieldCode::UnknownValue));
    let decide = |breach: &Breach| {
        let letter = write(id, breach, to, now).ok_or_else(not_affected)?;
        Ok(breach.with_letter(letter)?)
    };
    let sent = change(services, Taker::Session(by.proof()), id, decide).await?;
    breach_notices::post_or_leave(services, id).await;
    let number = sent.record.next_letter() - 1;
    let letters = letters(services, id).await.map_err(StoreError::but_done)?;
    letters.into_iter().find(|letter| letter.number == number).ok_or(BreachFailure::Store(StoreError::Unknown.but_done()))
}

/// The letters that this adviser got, newest first, with the names of the own clients.
///
/// # Errors
/// [`StoreError`].
pub async fn mine(services: &Services, adviser: &Adviser) -> Result<Vec<OwnLetter>, StoreError> {
    let me = AccountRef(adviser.account);
    let mut own = Vec::new();
    for (breach, summary) in services.breaches.all(&shelf()).await? {
        if summary.letters_to.contains(&me) {
            let letters = letters(services, breach).await?.into_iter().filter(|letter| letter.account == me);
            own.extend(letters.map(|letter| (breach, letter)));
        }
    }
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let names: HashMap<ClientId, ClientSummary> = clients::all(services, adviser.scope()).await?.into_iter().collect();
    let mut mine = Vec::new();
    for (breach, letter) in own {
        let files = services.trails.files(adviser.scope(), &letter.window).await?;
        let mut clients: Vec<_> = files.iter().filter_map(|id| Some((*id, names.get(id)?.clone()))).collect();
        clients.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name));
        mine.push(OwnLetter { breach, gone: files.len() - clients.len(), letter, clients });
    }
    mine.sort_by_key(|own| std::cmp::Reverse(own.letter.written_at));
    Ok(mine)
}

/// The letter to an adviser that `breach` gives now, if the adviser is concerned.
fn write(id: RecordId, breach: &Breach, to: AccountRef, now: Moment) -> Option<Letter> {
    let affected = breach.affected()?;
    let found: AffectedAdviser = affected.advisers.iter().find(|adviser| adviser.account == to)?.clone();
    Some(Letter {
        number: breach.next_letter(),
        account: to,
        written_at: now,
        nl: letter_text(id, breach, &found, Language::Nl),
        en: letter_text(id, breach, &found, Language::En),
        window: affected.window.clone(),
        found,
    })
}

async fn letters(services: &Services, id: RecordId) -> Result<Vec<Letter>, StoreError> {
    let steps = services.breaches.steps(&shelf(), id).await?;
    let letter = |event: OrLater<BreachEvent>| match event.into_known()? {
        BreachEvent::Followed(SystemStep::LetterSent { letter }) => Some(*letter),
        BreachEvent::Followed(_) | BreachEvent::Taken(_) => None,
    };
    Ok(steps.into_iter().filter_map(|step| letter(step.event.event)).collect())
}

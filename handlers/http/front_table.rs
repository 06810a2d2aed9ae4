//! The table of the front end's files: a row each. When two branches add rows, both stay (`.gitattributes`); the order means nothing.

use super::{
    front_files::{Content, FrontFile},
    front_lines::for_browsers,
};
use std::sync::LazyLock;

macro_rules! embedded {
    ($($path:literal)*) => {
        /// Every file but the page itself.
        pub static FILES: [FrontFile; [$($path),*].len()] =
            [$(FrontFile { path: $path, content: LazyLock::new(|| Content::new(for_browsers(include_str!(concat!("../front/", $path))))) }),*];
    };
}

embedded! {
    "core/api.js"
    "core/form.js"
    "core/late.js"
    "core/pieces.js"
    "core/router.js"
    "core/session.js"
    "core/shell.js"
    "core/show.js"
    "icon.svg"
    "main.js"
    "parts.js"
    "parts/accounts/accounts.js"
    "parts/accounts/part.js"
    "parts/accounts/text.en.js"
    "parts/accounts/text.nl.js"
    "parts/breaches/evidence.js"
    "parts/breaches/facts.js"
    "parts/breaches/papers.js"
    "parts/breaches/part.js"
    "parts/breaches/record.js"
    "parts/breaches/schema.js"
    "parts/breaches/text.en.js"
    "parts/breaches/text.nl.js"
    "parts/hand_overs/list.js"
    "parts/hand_overs/page.js"
    "parts/hand_overs/part.js"
    "parts/hand_overs/propose.js"
    "parts/hand_overs/text.en.js"
    "parts/hand_overs/text.nl.js"
    "parts/messages/part.js"
    "parts/messages/text.en.js"
    "parts/messages/text.nl.js"
    "parts/suspicion/part.js"
    "parts/suspicion/text.en.js"
    "parts/suspicion/text.nl.js"
    "parts/exchange/exchange.js"
    "parts/exchange/export.js"
    "parts/exchange/import.js"
    "parts/exchange/part.js"
    "parts/exchange/text.en.js"
    "parts/exchange/text.nl.js"
    "parts/exchange/upload.js"
    "parts/processors/editor.js"
    "parts/processors/ending.js"
    "parts/processors/fields.js"
    "parts/processors/list.js"
    "parts/processors/page.js"
    "parts/processors/part.js"
    "parts/processors/published.js"
    "parts/processors/rows.js"
    "parts/processors/text.en.js"
    "parts/processors/text.nl.js"
    "parts/processors/words.js"
    "screens/account.js"
    "screens/account/details.js"
    "screens/account/two_factor.js"
    "screens/client_file.js"
    "screens/client_file/editor.js"
    "screens/client_file/schema.js"
    "screens/client_file/versions.js"
    "screens/clients.js"
    "screens/overview.js"
    "screens/sign_in.js"
    "style.css"
    "text.en.js"
    "text.nl.js"
}

//! Every command shown on a page or printed by a script or the program can be pasted: what it names exists, its required options are given,
//! and placeholders are explained beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::{Mutex, OnceLock},
};

/// Commands of the Azure CLI, with the required options of each. One that is missing here has not been checked.
const AZ: [(&str, &[&str]); 31] = [
    ("login", &[]),
    ("upgrade", &[]),
    ("bicep install", &[]),
    ("bicep upgrade", &[]),
    ("ad signed-in-user show", &[]),
    ("cosmosdb delete", &["--resource-group", "--name", "--yes"]),
    ("cosmosdb restore", &["--resource-group", "--account-name", "--target-database-account-name", "--restore-timestamp", "--location"]),
    ("cosmosdb show", &["--resource-group", "--name"]),
    ("cosmosdb sql role assignment create", &["--resource-group", "--account-name", "--principal-id", "--role-definition-id", "--scope"]),
    ("cosmosdb sql role assignment delete", &["--resource-group", "--account-name", "--role-assignment-id", "--yes"]),
    ("cosmosdb sql role assignment list", &["--resource-group", "--account-name"]),
    ("deployment group show", &["--resource-group", "--name"]),
    ("functionapp config hostname add", &["--resource-group", "--name", "--hostname"]),
    ("functionapp identity show", &["--resource-group", "--name"]),
    ("functionapp restart", &["--resource-group", "--name"]),
    ("functionapp show", &["--resource-group", "--name"]),
    ("functionapp start", &["--resource-group", "--name"]),
    ("functionapp stop", &["--resource-group", "--name"]),
    ("functionapp update-strategy config set", &["--resource-group", "--name", "--type"]),
    ("keyvault key recover", &["--vault-name", "--name"]),
    ("keyvault key rotate", &["--vault-name", "--name"]),
    ("keyvault recover", &["--name"]),
    ("lock create", &["--name", "--lock-type", "--resource"]),
    ("monitor log-analytics query", &["--workspace", "--analytics-query"]),
    ("monitor log-analytics workspace show", &["--ids"]),
    ("rest", &["--method", "--url"]),
    ("role assignment list", &["--assignee"]),
    ("stack group delete", &["--resource-group", "--name", "--action-on-unmanage", "--yes"]),
    ("storage blob upload", &["--account-name", "--container-name", "--name", "--file", "--auth-mode"]),
    ("storage container immutability-policy", &["--account-name", "--container-name"]),
    ("webapp log tail", &["--resource-group", "--name"]),
];

/// Scripts that deploy, and so require an address for alerts.
const DEPLOYING: [&str; 3] = ["infra/deploy.sh", "infra/operator.sh", "infra/restore-drill.sh"];

type Words = Vec<String>;

/// The commands of a text, including those inside `$(…)`, each as its words including leading assignments.
fn commands(text: &str) -> Vec<Words> {
    let characters: Vec<char> = text.replace("\\\n", " ").chars().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    read(&characters, &mut at, &mut found, false);
    found
}

/// Reads up to the end, or to the bracket that closes an inner command.
fn read(text: &[char], at: &mut usize, found: &mut Vec<Words>, is_inner: bool) {
    let (mut words, mut word, mut quote): (Words, String, Option<char>) = (Vec::new(), String::new(), None);
    while *at < text.len() {
        let (character, next) = (text[*at], text.get(*at + 1).copied());
        *at += 1;
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None | Some('"'), '$') if next == Some('(') => {
                *at += 1;
                read(text, at, found, true);
                word.push_str("$inner");
            }
            (None, ')') if is_inner => break,
            (None, '\n' | ';' | '|' | '&' | '{' | '}') if character != '|' || word.is_empty() => {
                finish(&mut words, &mut word, found);
            }
            (None, ' ') => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            (None, '#') if word.is_empty() => {
                while *at < text.len() && text[*at] != '\n' {
                    *at += 1;
                }
            }
            _ => word.push(character),
        }
    }
    finish(&mut words, &mut word, found);
}

fn finish(words: &mut Words, word: &mut String, found: &mut Vec<Words>) {
    words.extend((!word.is_empty()).then(|| std::mem::take(word)));
    let words = std::mem::take(words);
    // Words that only precede a command, and synopsis notation.
    let leads = ["eval", "export", "do", "then", "!"];
    let words: Words = words.into_iter().skip_while(|word| leads.contains(&word.as_str())).collect();
    found.extend((!words.is_empty()).then(|| words.into_iter().map(|word| word.trim_matches(['[', ']']).to_owned()).collect()));
}

/// What is wrong with a command, if it is one of ours. `prose` explains placeholders.
fn flaws(words: &[String], prose: &str) -> Vec<String> {
    let is_assignment =
        |word: &&String| word.split_once('=').is_some_and(|(name, _)| name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    let settings: Vec<&String> = words.iter().take_while(is_assignment).collect();
    let Some((program, given)) = words[settings.len()..].split_first() else { return Vec::new() };
    let own = match program.as_str() {
        "az" => az(given),
        "finrust" => finrust(given),
        "cargo" => cargo(given),
        script if script.starts_with("infra/") && Path::new(script).extension() == Some("sh".as_ref()) => script_flaws(script, given),
        _ => return Vec::new(),
    };
    let mut flaws: Vec<String> = own.into_iter().chain(given.iter().filter_map(|word| unexplained(word, prose))).collect();
    let tells_whom = prose.contains("FINRUST_ALERT_EMAIL") || settings.iter().any(|setting| setting.starts_with("FINRUST_ALERT_EMAIL="));
    let deploys = DEPLOYING.contains(&program.as_str()) && !given.iter().any(|word| word == "--embedded");
    flaws.extend((deploys && !tells_whom).then(|| "FINRUST_ALERT_EMAIL is nowhere".to_owned()));
    flaws.into_iter().map(|flaw| format!("{}: {flaw}", words.join(" "))).collect()
}

/// A placeholder that the surrounding text does not explain.
fn unexplained(word: &str, prose: &str) -> Option<String> {
    if word.contains('…') || word.contains("...") {
        return Some(format!("{word} leaves something out"));
    }
    let value = word.rsplit(['=', ':', '/']).next().unwrap_or(word);
    let is_placeholder = value.len() > 1
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'.')
        && value != "DISABLED"
        && value.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_told = prose.split(|character: char| !character.is_alphanumeric() && character != '.').any(|own| own.trim_matches('.') == value);
    (is_placeholder && !is_told).then(|| format!("{value} is not explained"))
}

fn needs(given: &[String], needed: &[&str]) -> Vec<String> {
    needed.iter().filter(|option| !given.iter().any(|word| word == *option)).map(|option| format!("{option} is missing")).collect()
}

fn az(given: &[String]) -> Vec<String> {
    let command: Vec<&str> = given.iter().map(String::as_str).take_while(|word| !word.starts_with('-')).collect();
    let command = command.join(" ");
    let short = given.iter().filter(|word| word.starts_with('-') && !word.starts_with("--")).map(|word| format!("{word} is short"));
    let known =
        AZ.iter().filter(|(name, _)| command == *name || command.starts_with(&format!("{name} "))).max_by_key(|(name, _)| name.len());
    known
        .map_or_else(|| vec![format!("az {command} was not looked up")], |(_, needed)| needs(given, needed))
        .into_iter()
        .chain(short)
        .collect()
}

/// The output of `finrust COMMAND --help`, cached.
fn help(command: &str) -> String {
    static SAID: OnceLock<Mutex<BTreeMap<String, String>>> = OnceLock::new();
    let mut said = SAID.get_or_init(Mutex::default).lock().expect("nobody panics with it");
    said.entry(command.to_owned())
        .or_insert_with(|| {
            #[expect(clippy::disallowed_methods, reason = "the program is what is asked")]
            let output = Command::new(env!("CARGO_BIN_EXE_finrust")).args([command, "--help"]).output().expect("the program starts");
            if output.status.success() { String::from_utf8(output.stdout).expect("text") } else { String::new() }
        })
        .clone()
}

fn finrust(given: &[String]) -> Vec<String> {
    let Some(command) = given.first().filter(|word| !word.starts_with('-')) else { return Vec::new() };
    let help = help(command);
    let Some(usage) = help.lines().find_map(|line| line.strip_prefix("Usage: finrust ")) else { return vec!["no such command".to_owned()] };
    let options = given.iter().filter(|word| word.starts_with("--") && word.len() > 2);
    let unknown =
        options.filter(|option| !help.split_whitespace().any(|word| word == *option)).map(|option| format!("there is no {option}"));
    let required: Vec<&str> = usage.split(' ').filter(|word| word.starts_with("--")).collect();
    let places = usage.split(' ').filter(|word| word.starts_with('<')).count() - required.len();
    let lacks = places > given[1..].iter().filter(|word| !word.starts_with('-')).count();
    unknown.chain(needs(given, &required)).chain(lacks.then(|| "an argument is missing".to_owned())).collect()
}

fn cargo(given: &[String]) -> Vec<String> {
    let named = given.iter().zip(given.iter().skip(1)).filter(|(option, _)| *option == "--test").map(|(_, name)| name);
    let is_there =
        |name: &&String| crate::project(&format!("tests/{name}")).exists() || crate::project(&format!("tests/{name}.rs")).exists();
    named.filter(|name| !is_there(name)).map(|name| format!("there is no suite {name}")).collect()
}

/// Arguments that are not options: those left over after options with values.
fn script_flaws(script: &str, given: &[String]) -> Vec<String> {
    if !crate::project(script).exists() {
        return vec!["there is no such script".to_owned()];
    }
    let text = crate::text(script);
    let (mut flaws, mut places, mut rest) = (Vec::new(), Vec::new(), given.iter());
    while let Some(word) = rest.next() {
        if !word.starts_with('-') {
            places.push(word.as_str());
        } else if !text.lines().any(|line| line.trim_start().starts_with(&format!("{word})"))) {
            flaws.push(format!("there is no {word}"));
        } else if label(&text, word).contains("value_of") {
            match rest.next() {
                None => flaws.push(format!("{word} has no value")),
                Some(value) if word == "--set" => flaws.extend(parameter_flaw(value)),
                Some(_) => {}
            }
        }
    }
    flaws.extend(place_flaw(script, &places, given));
    flaws
}

/// How a script handles an option.
fn label<'a>(text: &'a str, option: &str) -> &'a str {
    let rest = text.split_once(&format!("{option})")).map_or("", |(_, rest)| rest);
    rest.split_once(";;").map_or("", |(own, _)| own)
}

fn parameter_flaw(set: &str) -> Option<String> {
    let (name, value) = set.split_once('=').unwrap_or((set, ""));
    let main = crate::text("infra/main.bicep");
    let declared = main.lines().find_map(|line| line.strip_prefix(&format!("param {name} ")));
    match declared {
        None => Some(format!("there is no parameter {name}")),
        Some(kind) if kind.starts_with("bool") && !["true", "false"].contains(&value) => Some(format!("{set} is neither true nor false")),
        Some(_) => None,
    }
}

fn place_flaw(script: &str, places: &[&str], given: &[String]) -> Option<String> {
    let is_environment = |word: &str| {
        word.starts_with('$')
            || ["ENV", "ENVIRONMENT"].contains(&word)
            || crate::project(&format!("infra/environments/{word}.bicepparam")).exists()
    };
    let is_right = match (script, places) {
        ("infra/deploy.sh" | "infra/destroy.sh" | "infra/restore-drill.sh", [environment]) => is_environment(environment),
        ("infra/operator.sh", [environment, "open", "invite" | "verify" | "restore"] | [environment, "close"]) => {
            is_environment(environment)
        }
        ("infra/restore-drill.sh", []) => given.iter().any(|word| word == "--embedded"),
        ("infra/smoke.sh", [address]) => address.starts_with("http") || address.starts_with('$'),
        ("infra/package.sh" | "infra/check.sh" | "infra/compile.sh", []) => true,
        _ => false,
    };
    (!is_right).then(|| format!("{places:?} is not what it takes"))
}

/// What is wrong with the commands that a script printed.
pub fn flaws_of_output(text: &str) -> Vec<String> {
    let mut shown = Vec::new();
    let mut prose = String::new();
    let text = text.replace("&&\n", "&& ");
    for line in text.lines() {
        let starts = |rest: &str| {
            let rest = rest.trim_start();
            ["infra/", "az ", "finrust ", "FINRUST_", "settings=", "export FINRUST_ALERT"].iter().any(|start| rest.starts_with(start))
        };
        // "Run this: COMMAND", or a line of its own.
        if line.contains("usage: ") {
            continue;
        }
        let told =
            line.match_indices(": ").map(|(at, _)| &line[at + 2..]).find(|rest| starts(rest)).or_else(|| starts(line).then_some(line));
        match told {
            Some(command) if !command.contains(" says what helps") => {
                prose.push_str(&line[..line.len() - command.len()]);
                shown.push(command.to_owned());
                // Given in the previous command, and valid for all that follow.
                prose.push_str(if command.contains("FINRUST_ALERT_EMAIL=") { "\nFINRUST_ALERT_EMAIL\n" } else { "\n" });
            }
            _ => {
                prose.push_str(line);
                prose.push('\n');
            }
        }
    }
    shown.iter().flat_map(|command| commands(command)).flat_map(|words| flaws(&words, &prose)).collect()
}

/// The commands of a page, its prose, and the paths that it names.
struct Page {
    shown: Vec<String>,
    prose: String,
    paths: BTreeSet<String>,
}

fn page(path: &str) -> Page {
    let mut page = Page { shown: Vec::new(), prose: String::new(), paths: BTreeSet::new() };
    let text = crate::text(path).replace("\\\n", " ");
    for (number, part) in text.split("```").enumerate() {
        if number % 2 == 1 {
            page.shown.extend(part.strip_prefix("sh\n").map(str::to_owned));
            page.prose.push_str(if part.contains("FINRUST_ALERT_EMAIL") { "\nFINRUST_ALERT_EMAIL\n" } else { "" });
            continue;
        }
        for (at, piece) in part.split('`').enumerate() {
            let piece = piece.replace("\\|", "|");
            // A bare command name is a mention, not an instruction.
            let is_name = piece.strip_prefix("finrust ").is_some_and(|name| !name.contains(' ') && !help(name).is_empty());
            if at % 2 == 0 || !piece.contains(' ') || is_name {
                page.prose.push_str(&piece);
                page.paths.extend((at % 2 == 1).then_some(piece));
            } else {
                page.prose.push_str(if piece.contains("FINRUST_ALERT_EMAIL") { "FINRUST_ALERT_EMAIL" } else { "" });
                page.shown.push(piece);
            }
        }
        page.paths.extend(part.split("](").skip(1).filter_map(|rest| rest.split_once([')', '#'])).map(|(link, _)| link.to_owned()));
    }
    page
}

fn pages() -> Vec<String> {
    let folders = ["infra", "docs"].into_iter().flat_map(|folder| crate::files(folder, &[".md"]));
    folders.chain(["README.md", "SECURITY.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(str::to_owned)).collect()
}

#[test]
fn every_command_of_every_page_can_be_pasted() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in pages() {
        let page = page(&path);
        for words in page.shown.iter().flat_map(|text| commands(text)) {
            seen += 1;
            wrong.extend(flaws(&words, &page.prose).into_iter().map(|flaw| format!("{path}: {flaw}")));
        }
    }
    assert!(wrong.is_empty() && seen > 120, "{seen} were looked at\n{}", wrong.join("\n"));
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let (mut seen, mut wrong) = (0, Vec::new());
    let folders = [
        "infra/",
        "tests/",
        "docs/",
        "handlers/",
        "function-app/",
        ".ci/",
        ".github/",
        "modules/",
        "queries/",
        "runbooks/",
        "environments/",
    ];
    for path in pages() {
        let folder = Path::new(&path).parent().unwrap();
        for name in page(&path).paths {
            let is_pattern = name.contains(['*', '{', '<', '…', '$', '?']) || name.contains("://") || name.contains("::");
            let is_link = name.starts_with("../") || Path::new(&name).extension() == Some("md".as_ref());
            if is_pattern || !(is_link || folders.iter().any(|folder| name.starts_with(folder))) {
                continue;
            }
            seen += 1;
            let is_there = [crate::project(&name), crate::project(folder.to_str().unwrap()).join(&name)].iter().any(|place| place.exists());
            wrong.extend((!is_there).then(|| format!("{path}: {name}")));
        }
    }
    assert!(wrong.is_empty() && seen > 80, "{seen} were looked at\n{}", wrong.join("\n"));
}

/// The instructions that the program prints are in its string literals.
#[test]
fn every_command_that_the_program_names_is_one() {
    let (mut seen, mut wrong) = (0, Vec::new());
    for path in crate::files("handlers", &[".rs"]) {
        for line in crate::text(&path).lines().filter(|line| !line.trim_start().starts_with("//") && line.contains('"')) {
            for told in line.split('`').skip(1).step_by(2).filter(|told| told.starts_with("finrust ")) {
                seen += 1;
                wrong.extend(commands(told).iter().flat_map(|words| flaws(words, told)).map(|flaw| format!("{path}: {flaw}")));
            }
        }
    }
    assert!(wrong.is_empty() && seen >= 6, "{seen} were looked at\n{}", wrong.join("\n"));
}

#[test]
fn an_incomplete_command_is_found() {
    let wrong = |text: &str| commands(text).iter().flat_map(|words| flaws(words, "`GROUP` is it; FINRUST_ALERT_EMAIL")).count();
    for (text, count) in [
        ("az functionapp stop --name x --resource-group GROUP", 0),
        ("az functionapp stop", 2),
        ("az functionapp stop -g GROUP --name x", 2),
        ("az functionapp halt --name x", 1),
        ("infra/deploy.sh test --set cosmosExpiry=false", 0),
        ("infra/deploy.sh test --set cosmosExpiry=no", 1),
        ("infra/deploy.sh test --set nothing=1", 1),
        ("infra/deploy.sh test --quickly", 1),
        ("infra/deploy.sh", 1),
        ("infra/deploy.sh nowhere", 1),
        ("infra/dploy.sh test", 1),
        ("settings=$(infra/operator.sh test open) && eval \"$settings\"", 1),
        ("eval \"$(infra/operator.sh \"$environment\" open invite --group APP)\"", 1),
        ("finrust invite --role officer --username a --email b", 1),
        ("finrust invite --role officer --username … --email b --name c", 1),
        ("finrust backup", 1),
        ("finrust unlock", 1),
        ("finrust verify --deeply", 1),
        ("cargo test --test nothing", 1),
        ("output() { az deployment group show --name finrust; }", 1),
    ] {
        assert_eq!(wrong(text), count, "{text}: {:?}", commands(text));
    }
    assert_eq!(flaws_of_output("x: it failed. Run this again: infra/operator.sh test close").len(), 1, "nobody is told");
    assert!(flaws_of_output("x: Run this: FINRUST_ALERT_EMAIL=a@b infra/operator.sh test close --group g").is_empty());
}

//! Tables of the guides that are made from the code.

use std::collections::BTreeSet;

use clap::CommandFactory;
use entente::access::{Role, Scope, VerbRow};
use entente::actions::reasons::{self, Reason};
use entente::command::Cli;
use entente::db::Load;
use entente::events::kinds::EventKind;
use entente::http::metrics::Metrics;
use entente::kernel::delegation::Delegates;
use entente::notifications::model::Kind;
use entente::notifications::phrases;
use entente::notifications::rules::{self, Choice};
use entente::reversals::formats;
use entente::reversals::model::{FileCode, LineCode, Purpose, Warning};

use super::{code, hold, read, sources, table};

type Verbs = &'static [VerbRow];

/// Every list of verbs, by the file it stands in.
const VERBS: &[(&str, Verbs)] = &[
    ("companies/policy.rs", entente::companies::policy::VERBS),
    ("relations/policy.rs", entente::relations::policy::VERBS),
    ("relations/notes/policy.rs", entente::relations::notes::policy::VERBS),
    ("attachments/policy.rs", entente::attachments::policy::VERBS),
    ("attachments/logos/policy.rs", entente::attachments::logos::policy::VERBS),
    ("managing/profiles/policy.rs", entente::managing::profiles::policy::VERBS),
    ("companies/directory/policy.rs", entente::companies::directory::policy::VERBS),
    ("managing/statuses/policy.rs", entente::managing::statuses::policy::VERBS),
    ("users/routes.rs", entente::users::routes::VERBS),
    ("users/sessions/policy.rs", entente::users::sessions::policy::VERBS),
    ("users/delegations/policy.rs", entente::users::delegations::policy::VERBS),
    ("users/memberships/policy.rs", entente::users::memberships::policy::VERBS),
    ("users/invitations/policy.rs", entente::users::invitations::policy::VERBS),
    ("users/two_factor/policy.rs", entente::users::two_factor::policy::VERBS),
    ("users/tickets/policy.rs", entente::users::tickets::policy::VERBS),
    ("keys/policy.rs", entente::keys::policy::VERBS),
    ("payment/policy.rs", entente::payment::policy::VERBS),
    ("people/policy.rs", entente::people::policy::VERBS),
    ("partnerships/policy.rs", entente::partnerships::policy::VERBS),
    ("partnerships/invitations/policy.rs", entente::partnerships::invitations::policy::VERBS),
    ("programs/policy.rs", entente::programs::policy::VERBS),
    ("contracts/policy.rs", entente::contracts::policy::VERBS),
    ("codes/policy.rs", entente::codes::policy::VERBS),
    ("actions/policy.rs", entente::actions::policy::VERBS),
    ("actions/reasons_routes.rs", entente::actions::reasons_routes::VERBS),
    ("performance/policy.rs", entente::performance::policy::VERBS),
    ("adjustments/policy.rs", entente::adjustments::policy::VERBS),
    ("reprocessings/policy.rs", entente::reprocessings::policy::VERBS),
    ("inquiries/policy.rs", entente::inquiries::policy::VERBS),
    ("reversals/policy.rs", entente::reversals::policy::VERBS),
    ("reversals/imports/policy.rs", entente::reversals::imports::policy::VERBS),
    ("audit/policy.rs", entente::audit::policy::VERBS),
    ("catalogue/policy.rs", entente::catalogue::policy::VERBS),
    ("webhooks/policy.rs", entente::webhooks::policy::VERBS),
    ("notifications/policy.rs", entente::notifications::policy::VERBS),
];

#[test]
fn the_guide_to_reversals_lists_every_column() {
    let known: Vec<_> = formats::columns().collect();
    let rows = known.iter().filter(|column| !column.name.is_empty()).map(|column| {
        let own = column.name.replace('_', "");
        let others = column.names.iter().filter(|name| **name != own).map(code);
        let others: Vec<_> = others.collect();
        vec![code(column.name), column.description.into(), others.join(", ")]
    });
    hold("docs/reversals.md", "columns", &table(&["Column", "Says", "Also called"], rows));
    let ignored = known.iter().filter(|column| column.name.is_empty());
    let ignored = ignored.flat_map(|column| column.names).filter(|name| !name.is_empty());
    let ignored: Vec<_> = ignored.map(code).collect();
    hold("docs/reversals.md", "ignored columns", &format!("{}.\n", ignored.join(", ")));
}

#[test]
fn the_guide_to_imports_lists_every_column() {
    let known: Vec<_> = formats::order_columns().collect();
    let rows = known.iter().filter(|column| !column.name.is_empty()).map(|column| {
        let own = column.name.replace('_', "");
        let others: Vec<_> = column.names.iter().filter(|name| **name != own).map(code).collect();
        vec![code(column.name), column.description.into(), others.join(", ")]
    });
    hold("docs/imports.md", "columns", &table(&["Column", "Says", "Also called"], rows));
}

#[test]
fn the_guides_to_batches_list_every_code() {
    for (guide, purpose) in
        [("docs/reversals.md", Purpose::Reversals), ("docs/imports.md", Purpose::Actions)]
    {
        let lines = LineCode::ALL.iter().filter(|of| of.concerns(purpose));
        let lines = lines.map(|of| vec![code(of), of.description().into()]);
        hold(guide, "line codes", &table(&["Code", "Means"], lines));
    }
    let files = FileCode::ALL.iter().map(|of| vec![code(of), of.description().into()]);
    hold("docs/reversals.md", "file codes", &table(&["Code", "Means"], files));
    let warnings = Warning::ALL.iter().filter(|of| of.concerns(Purpose::Reversals));
    let warnings = warnings.map(|of| vec![code(of), of.description().into()]);
    hold("docs/reversals.md", "warnings", &table(&["Warning", "Means"], warnings));
}

#[test]
fn the_guide_to_reversals_lists_every_reason() {
    let rows = Reason::ALL.iter().map(|reason| {
        let both = reason.applies_to_modify();
        let mut means = reason.description().to_string();
        if reason.may_increase() {
            means.push_str(" May raise a figure.");
        }
        let aliases: Vec<_> = reasons::aliases(*reason).iter().map(code).collect();
        let goes = if both { "reverse, modify" } else { "reverse" };
        vec![code(reason), means, goes.into(), aliases.join(", ")]
    });
    let header = ["Reason", "Means", "Goes with", "Also read as"];
    hold("docs/reversals.md", "reasons", &table(&header, rows));
}

#[test]
fn the_settings_are_those_of_the_command_line() {
    let cli = Cli::command();
    let serve = cli.find_subcommand("serve").expect("serve");
    let of_serve: Vec<_> = shown(serve).map(setting).collect();
    let mut text = format!("### Every command\n\n{}", settings(shown(&cli).map(setting)));
    for command in cli.get_subcommands().filter(|command| !command.is_hide_set()) {
        let about = command.get_about().expect("what it does");
        text.push_str(&format!("\n### `entente {}`\n\n{about}.\n", command.get_name()));
        let is_serve = command.get_name() == "serve";
        let rows = shown(command).map(setting);
        let (known, own): (Vec<_>, Vec<_>) =
            rows.partition(|row| !is_serve && of_serve.contains(row));
        if !own.is_empty() {
            text.push_str(&format!("\n{}", settings(own)));
        }
        if !known.is_empty() {
            let flags: Vec<_> = known.into_iter().map(|mut row| row.swap_remove(0)).collect();
            text.push_str(&format!("\nAs for `entente serve`: {}.\n", flags.join(", ")));
        }
    }
    hold("docs/configuration.md", "settings", &text);
}

/// A command's arguments, without those that every program has.
fn shown(command: &clap::Command) -> impl Iterator<Item = &clap::Arg> {
    let usual = ["help", "version"];
    command.get_arguments().filter(move |argument| !usual.contains(&argument.get_id().as_str()))
}

fn settings(rows: impl IntoIterator<Item = Vec<String>>) -> String {
    table(&["Flag", "Environment", "Default", "Means"], rows)
}

fn setting(argument: &clap::Arg) -> Vec<String> {
    let flag = argument.get_long().map(|long| code(format!("--{long}")));
    let place = || code(format!("<{}>", argument.get_id().as_str().to_uppercase()));
    let variable = argument.get_env().map(|name| code(name.to_string_lossy()));
    let defaults = argument.get_default_values().iter();
    let defaults: Vec<_> = defaults.map(|value| code(value.to_string_lossy())).collect();
    let takes_value = argument.get_action().takes_values();
    let default = if takes_value { defaults.join(", ") } else { "off".into() };
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    vec![flag.unwrap_or_else(place), variable.unwrap_or_default(), default, help]
}

#[test]
fn the_metrics_are_those_that_are_counted() {
    let metrics = Metrics::default();
    metrics.answered("GET", "/", 200, std::time::Duration::ZERO);
    metrics.decided("applied", 1);
    metrics.ran("reversal", true);
    let text = metrics.text(Load { reads: (0, 0), writes: (0, 0) }).expect("text");
    let mut rows = Vec::new();
    for line in text.lines() {
        let Some((name, help)) = line.strip_prefix("# HELP ").and_then(|it| it.split_once(' '))
        else {
            continue;
        };
        let kind = text.lines().find_map(|line| line.strip_prefix(&format!("# TYPE {name} ")));
        let labels = text.lines().find(|line| line.starts_with(name) && line.contains('{'));
        rows.push(vec![
            code(name),
            kind.unwrap_or_default().to_string(),
            labels.map(labels_of).unwrap_or_default(),
            help.trim_end_matches('.').to_string(),
        ]);
    }
    hold("docs/operations.md", "metrics", &table(&["Metric", "Kind", "Labels", "Counts"], rows));
}

/// The names of a sample's labels.
fn labels_of(sample: &str) -> String {
    let inside = sample.split(['{', '}']).nth(1).unwrap_or_default();
    let names = inside.split("\",").filter_map(|label| label.split('=').next());
    let names: Vec<_> = names.filter(|name| *name != "le").map(code).collect();
    names.join(", ")
}

#[test]
fn the_guide_to_security_lists_every_verb() {
    let mut rows = Vec::new();
    for (file, verbs) in VERBS {
        let source = read(&format!("src/{file}"));
        for (name, role, scope, writes, delegates) in *verbs {
            let mut row = vec![described(&source, name)];
            let may = |one: &Role| if one >= role { "yes" } else { "–" }.to_string();
            row.extend(Role::ALL.iter().map(may));
            row.push(scope.map_or_else(|| "no key".to_string(), code));
            row.push(match delegates {
                Delegates::Never => "–".into(),
                open => code(open),
            });
            row.push(if *writes { "refused" } else { "allowed" }.to_string());
            rows.push(row);
        }
    }
    let roles: Vec<String> = Role::ALL.iter().map(code).collect();
    let mut header = vec!["Verb"];
    header.extend(roles.iter().map(String::as_str));
    header.extend(["Scope of a key", "Delegated session", "While suspended"]);
    hold("docs/security.md", "verbs", &table(&header, rows));
}

/// What stands above a verb in its source.
fn described(source: &str, verb: &str) -> String {
    let before = source.split(&format!("\n    {verb}: ")).next().unwrap_or_default();
    let lines = before.lines().rev().map_while(|line| line.trim().strip_prefix("/// "));
    let mut lines: Vec<_> = lines.collect();
    lines.reverse();
    lines.join(" ").trim_end_matches('.').to_string()
}

#[test]
fn the_guide_to_keys_lists_every_scope() {
    let rows = Scope::ALL.iter().map(|scope| vec![code(scope), scope.means().into()]);
    hold("docs/credentials.md", "scopes", &table(&["Scope", "Opens"], rows));
}

#[test]
fn every_list_of_verbs_takes_part() {
    let listed: BTreeSet<_> = VERBS.iter().map(|(file, _)| file.to_string()).collect();
    let declared = sources()
        .into_iter()
        .filter(|(file, text)| text.contains("\ncrate::verbs! {") && file != "access/actor.rs");
    let declared: BTreeSet<_> = declared.map(|(file, _)| file).collect();
    assert_eq!(listed, declared, "left: this test's list; right: the sources");
}

#[test]
fn the_guide_to_notifications_lists_every_kind() {
    let rows = Kind::ALL.iter().map(|kind| {
        let Choice { in_app, email } = rules::usual(*kind);
        assert!(in_app, "{kind} is listed unless chosen otherwise");
        vec![code(kind), phrases::about(*kind).into(), code(email)]
    });
    let header = ["Kind", "About", "Letters, unless chosen otherwise"];
    hold("docs/notifications.md", "notification kinds", &table(&header, rows));
}

#[test]
fn the_guide_to_events_lists_every_type() {
    let rows = EventKind::ALL.iter().map(|kind| {
        let object = entente::catalogue::webhooks::schemas(kind.object()).0;
        vec![code(kind), kind.when().to_string(), code(object)]
    });
    hold("docs/events.md", "types", &table(&["Type", "When", "`object`"], rows));
}

/// No type is spelt anywhere but in the table, so that none can be recorded which is not in it.
#[test]
fn a_type_of_an_event_is_spelt_in_one_place() {
    let own = "events/kinds.rs";
    let mut offences = Vec::new();
    for (file, text) in sources().into_iter().filter(|(file, _)| file != own) {
        let shipped = text.split("\n#[cfg(test)]").next().unwrap_or_default();
        let lines = shipped.lines().filter(|line| !line.trim_start().starts_with("#["));
        for kind in EventKind::ALL {
            let quoted = format!("\"{kind}\"");
            if lines.clone().any(|line| line.contains(&quoted)) {
                offences.push(format!("{file} says {quoted}"));
            }
        }
    }
    assert_eq!(offences, Vec::<String>::new());
}

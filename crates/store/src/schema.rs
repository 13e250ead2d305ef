//! Tables and migrations. Forward only, additive; the order of this list is the order they run in.

use crate::{Ctx, Db, Error, Executor};
use std::fmt;

/// The table of a resource. Only this crate makes one, so no table name ever comes from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table(&'static str);

impl Table {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

macro_rules! tables {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)+) => {
        /// The tables of resources.
        pub mod tables {
            use super::Table;
            $($(#[$doc])* pub const $name: Table = Table($text);)+
        }
        /// Every table of a resource.
        pub const TABLES: &[Table] = &[$(tables::$name,)+];
    };
}

tables! {
    /// Legal persons.
    LEGAL_PERSON = "legal_person";
    /// Institutions.
    INSTITUTION = "institution";
    /// Practitioners.
    PRACTITIONER = "practitioner";
    /// Supervision officers.
    OFFICER = "officer";
    /// Unregistered persons and places.
    UNREGISTERED = "unregistered";
    /// Accounts.
    ACCOUNT = "account";
    /// Runs of imports.
    IMPORT = "import";
    /// Releases of policy entries.
    RELEASE = "release";
    /// Complaints.
    COMPLAINT = "complaint";
    /// Signals.
    SIGNAL = "signal";
    /// Inspection tasks.
    TASK = "task";
    /// Findings.
    FINDING = "finding";
    /// Penalty cases.
    PENALTY_CASE = "penalty_case";
    /// Credit events.
    CREDIT_EVENT = "credit_event";
    /// Demerit records.
    DEMERIT = "demerit";
    /// Grades over time.
    GRADE = "grade";
    /// Linkages.
    LINKAGE = "linkage";
    /// Publications.
    PUBLICATION = "publication";
    /// Official papers.
    PAPER = "paper";
    /// Runs of claims screening.
    SCREENING = "screening";
    /// Rules of claims.
    CLAIMS_RULE = "claims_rule";
    /// Yearly plans of random inspection.
    INSPECTION_PLAN = "inspection_plan";
    /// Draws of random inspection.
    DRAW = "draw";
    /// Erasures that were asked for.
    ERASURE = "erasure";
    /// Connected systems.
    CONNECTED_SYSTEM = "connected_system";
    /// Addresses that they want to be told at.
    WEBHOOK = "webhook";
    /// Exports of lists.
    EXPORT = "export";
    /// Filters that people keep under a name.
    SAVED_FILTER = "saved_filter";
    /// Files of messages that were taken in.
    MESSAGE_IMPORT = "message_import";
    /// Triage models.
    TRIAGE_MODEL = "triage_model";
}

/// Tables that came after the first version.
const CLAIMS: &[Table] = &[tables::SCREENING, tables::CLAIMS_RULE];

/// Tables that came with random inspection.
const RANDOM: &[Table] = &[tables::INSPECTION_PLAN, tables::DRAW];

/// Tables that came after every record got the departments that take part in it.
const LATER: &[Table] =
    &[tables::ERASURE, tables::CONNECTED_SYSTEM, tables::WEBHOOK, tables::EXPORT, tables::SAVED_FILTER];

/// Tables that came with connected systems.
const CONNECTED: &[Table] = &[tables::CONNECTED_SYSTEM, tables::WEBHOOK];

/// Tables that came with the export of lists.
const LISTS: &[Table] = &[tables::EXPORT, tables::SAVED_FILTER];

/// What is due first comes first, and what has no due date last. The index that serves this order names these very words.
pub(crate) const NEXT: &str = "coalesce(due, '9999-12-31')";

/// Tables that came with files of messages.
const MESSAGES: &[Table] = &[tables::MESSAGE_IMPORT, tables::TRIAGE_MODEL];

const RESOURCE: &str = "
    id {text} primary key, version bigint not null,
    division {text} not null, department {text} not null, origin {text} not null, sensitivity bigint not null,
    subject {text}, state {text} not null, owner {text}, due {text}, number {text} unique,
    title {text} not null, search {text} not null, sort_key {text} not null,
    created_at bigint not null, changed_at bigint not null, body {text} not null";

fn resources(tables: impl Iterator<Item = Table>) -> Vec<String> {
    let mut statements = Vec::new();
    for table in tables {
        statements.push(format!("create table {table} ({RESOURCE})"));
        for (name, columns) in [
            ("due", "division, state, due"),
            ("subject", "subject, state"),
            ("owner", "owner, due"),
            ("sort", "sort_key, id"),
        ] {
            statements.push(format!("create index {table}_{name} on {table} ({columns})"));
        }
    }
    statements
}

fn first() -> Vec<String> {
    let mut statements = resources(
        TABLES
            .iter()
            .copied()
            .filter(|table| ![CLAIMS, RANDOM, LATER, MESSAGES].iter().any(|later| later.contains(table))),
    );
    let rest = [
        "create table ledger (id {text} primary key, idx bigint unique, at bigint not null, kind {text} not null,
            resource {text} not null, resource_id {text} not null, division {text} not null,
            department {text} not null, origin {text} not null, sensitivity bigint not null, subject {text},
            event {blob}, salt {blob}, entry {blob} not null)",
        "create index ledger_resource on ledger (resource_id, at)",
        "create table ledger_subject (subject {text} not null, ledger_id {text} not null references ledger (id),
            primary key (subject, ledger_id))",
        "create table log_state (id bigint primary key, size bigint not null)",
        "insert into log_state (id, size) values (1, 0)",
        "create table follower (name {text} primary key, next bigint not null)",
        "create table counter (series {text} primary key, value bigint not null)",
        "create table blob (hash {text} primary key, bytes {blob} not null)",
        "create table session (token {text} primary key, account {text} not null, csrf {text} not null,
            created_at bigint not null, expires_at bigint not null)",
        "create index session_account on session (account)",
        "create table once (key {text} primary key, answer {text} not null, at bigint not null)",
    ];
    statements.extend(rest.map(str::to_owned));
    statements
}

/// Wrong passwords for logins that no account has, by a keyed digest of what was typed.
fn failed_sign_in() -> Vec<String> {
    let table =
        "create table failed_sign_in (login {text} primary key, failures bigint not null, last bigint not null)";
    vec![table.to_owned(), "create index failed_sign_in_last on failed_sign_in (last)".to_owned()]
}

/// Passwords that were right and wait for a code, where accounts signed in from, and what a session tells its holder.
fn sign_in() -> Vec<String> {
    [
        "create table sign_in_step (token {text} primary key, account {text} not null, expires_at bigint not null)",
        "create index sign_in_step_account on sign_in_step (account)",
        "create table sign_in_place (account {text} not null, place {text} not null, at bigint not null,
            primary key (account, place))",
        // What happened at the door is read newest first.
        "create index ledger_security on ledger (at, id) where resource in ('account', 'connected_system')",
        "alter table session add column seen_at bigint not null default 0",
        "alter table session add column agent {text} not null default ''",
        "alter table session add column address {text} not null default ''",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A step of the schema: its name and its statements.
type Migration = (&'static str, fn() -> Vec<String>);

fn claims() -> Vec<String> {
    resources(CLAIMS.iter().copied())
}

/// Checkpoints of the log, each as it was signed.
fn log_checkpoint() -> Vec<String> {
    vec![
        "create table log_checkpoint (size bigint primary key, root {blob} not null, note {blob} not null,
            at bigint not null)"
            .to_owned(),
        // The sequencer looks for rows without an index many times a second.
        "create index ledger_waiting on ledger (at, id) where idx is null".to_owned(),
    ]
}

/// Plans and draws, and for every record the departments that take part in it.
fn random_inspection() -> Vec<String> {
    let shared = |table: &str| format!("alter table {table} add column shared {{text}} not null default ''");
    let mut statements = resources(RANDOM.iter().copied());
    let earlier = TABLES.iter().filter(|table| !LATER.contains(table) && !MESSAGES.contains(table));
    statements.extend(earlier.map(|table| shared(table.name())));
    statements.push(shared("ledger"));
    statements
}

/// What the witnesses of the log said, and who asks them now.
fn witnesses() -> Vec<String> {
    [
        "create table log_cosignature (size bigint not null, witness {text} not null, line {text} not null,
            at bigint not null, primary key (size, witness))",
        "create table log_witness (witness {text} primary key, size bigint not null, at bigint, failing_since bigint,
            said {text} not null, alarm bigint not null)",
        "create table log_witnessed (policy {text} primary key, size bigint not null)",
        "create table log_asking (id bigint primary key, until bigint not null)",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Tables of records with the departments that take part in them. Their lists need the indexes of [`lists`] as well.
fn with_departments(tables: &[Table]) -> Vec<String> {
    let mut statements = resources(tables.iter().copied());
    statements.extend(
        tables.iter().map(|table| format!("alter table {table} add column shared {{text}} not null default ''")),
    );
    statements
}

/// What the lists of these tables are read by: the order of what is due, and everything that counting looks at.
fn lists(tables: impl Iterator<Item = Table>) -> Vec<String> {
    let of_table = |table: Table| {
        [
            // Began like the index for counting and ended where counting had to look into each row.
            format!("drop index {table}_due"),
            format!("create index {table}_next on {table} ({NEXT}, id)"),
            format!("create index {table}_count on {table} (division, state, sensitivity, department, origin, shared)"),
        ]
    };
    tables.flat_map(of_table).collect()
}

/// Exports and saved filters, and the indexes of every list.
fn exports() -> Vec<String> {
    let mut statements = with_departments(LISTS);
    statements.extend(lists(TABLES.iter().copied().filter(|table| !MESSAGES.contains(table))));
    statements
}

/// Files of messages, triage models, and the marks by which complaints that may be one are found.
fn messages() -> Vec<String> {
    let mut statements = with_departments(MESSAGES);
    statements.extend(lists(MESSAGES.iter().copied()));
    statements.push(
        "create table complaint_mark (mark {text} not null, complaint {text} not null, primary key (mark, complaint))"
            .to_owned(),
    );
    statements
}

/// What figures are counted by: matters by term and state, complaints by the day they came, credit records by their grade.
fn statistics() -> Vec<String> {
    let seen = "division, sensitivity, department, origin, shared";
    let by_term = |table: Table| format!("create index {table}_term on {table} (due, state, {seen})");
    let mut statements = vec![
        format!("create index complaint_came on complaint (created_at, state, {seen})"),
        "create index grade_title on grade (division, title, sensitivity, department, origin, shared)".to_owned(),
    ];
    statements.extend([tables::COMPLAINT, tables::TASK, tables::PENALTY_CASE].map(by_term));
    statements
}

/// Erasures: who asked and who confirmed, what was destroyed, and of which rows.
fn erasures() -> Vec<String> {
    let mut statements = with_departments(&[tables::ERASURE]);
    statements.extend(
        [
            "create table erasure_list (act {text} primary key, at bigint not null, reason {text} not null, line {text} not null)",
            "create table erased_row (ledger_id {text} primary key, act {text} not null)",
        ]
        .map(str::to_owned),
    );
    statements
}

/// Connected systems, how much of their quotas is taken, and what they are told.
fn connected_systems() -> Vec<String> {
    let mut statements = with_departments(CONNECTED);
    statements.extend(
        [
            "create table quota_taken (system {text} not null, span {text} not null, period bigint not null,
                taken bigint not null, primary key (system, span))",
            "create index once_at on once (at)",
            "create table webhook_delivery (id {text} primary key, webhook {text} not null, entry {text} not null,
                event {text} not null, body {text} not null, state {text} not null, attempts bigint not null,
                next_at bigint, status bigint, said {text} not null, created_at bigint not null, ended_at bigint,
                unique (webhook, entry))",
            "create index webhook_delivery_next on webhook_delivery (next_at) where next_at is not null",
            "create index webhook_delivery_of on webhook_delivery (webhook, id)",
            "create index webhook_delivery_ended on webhook_delivery (ended_at)",
        ]
        .map(str::to_owned),
    );
    statements
}

/// Bytes that nothing names yet, since when.
fn waiting_blobs() -> Vec<String> {
    vec!["create table waiting_blob (hash {text} primary key, at bigint not null)".to_owned()]
}

/// Tables of matters, and the states in which nothing more is to be done there: those of [`crate::Record::FINAL`] when their indexes were made. Where
/// they become others, a further step makes those anew.
pub const ENDED: [(Table, &[&str]); 8] = [
    (tables::COMPLAINT, &["closed", "archived", "declined"]),
    (tables::SIGNAL, &["dismissed", "closed", "withdrawn"]),
    (tables::TASK, &["withdrawn", "cancelled", "closed"]),
    (tables::FINDING, &["settled"]),
    (tables::PENALTY_CASE, &["not_filed", "closed", "annulled", "not_penalised", "dismissed", "transferred"]),
    (tables::DEMERIT, &["effective", "revoked"]),
    (tables::LINKAGE, &["effected", "withdrawn", "lifted"]),
    (tables::PUBLICATION, &["published", "withheld", "withdrawn", "void", "repaired", "expired"]),
];

/// States in a statement as they stand there: an index of what is open serves only the very words it was made with.
pub(crate) fn listed(states: &[&str]) -> String {
    let is_plain = |state: &str| state.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    assert!(states.iter().all(|state| is_plain(state)), "{states:?}");
    format!("('{}')", states.join("', '"))
}

/// What is open, in the order of lists, with everything that counting looks at: what is done already costs nothing.
fn open_matters() -> Vec<String> {
    let of_table = |(table, ended): &(Table, &[&str])| {
        format!(
            "create index {table}_open on {table} ({NEXT}, id, division, state, sensitivity, department, origin, shared, due) \
             where state not in {}",
            listed(ended)
        )
    };
    ENDED.iter().map(of_table).collect()
}

/// What is open of one person, in the order of lists: whoever has done thousands is shown the next ones without a look at those.
fn own_matters() -> Vec<String> {
    let of_table = |(table, ended): &(Table, &[&str])| {
        format!("create index {table}_own on {table} (owner, {NEXT}, id) where state not in {}", listed(ended))
    };
    ENDED.iter().map(of_table).collect()
}

/// The day that was done last.
fn day_done() -> Vec<String> {
    vec!["create table day_done (id bigint primary key, day {text} not null)".to_owned()]
}

/// What commands do beside the server.
fn under_way() -> Vec<String> {
    let columns = "what {text} primary key, began bigint not null, seen bigint not null, done bigint not null, total bigint not null";
    vec![format!("create table under_way ({columns})")]
}

const MIGRATIONS: &[Migration] = &[
    ("0001_first_loop", first),
    ("0002_failed_sign_in", failed_sign_in),
    ("0003_claims", claims),
    ("0004_log_checkpoint", log_checkpoint),
    ("0005_random_inspection", random_inspection),
    ("0006_witnesses", witnesses),
    ("0007_erasures", erasures),
    ("0008_connected_systems", connected_systems),
    ("0009_sign_in", sign_in),
    ("0010_exports", exports),
    ("0011_messages", messages),
    ("0012_statistics", statistics),
    ("0013_waiting_blobs", waiting_blobs),
    ("0014_open_matters", open_matters),
    ("0015_own_matters", own_matters),
    ("0016_day_done", day_done),
    ("0017_under_way", under_way),
];

/// The steps that this version knows, in their order.
pub fn names() -> impl Iterator<Item = &'static str> {
    MIGRATIONS.iter().map(|(name, _)| *name)
}

/// Brings the database to the present schema, each step in a transaction of its own.
pub async fn migrate(db: &Db) -> Result<(), Error> {
    migrate_through(db, |_| true).await
}

/// Does those steps that are wanted: the schema of an archive may be older than ours.
pub(crate) async fn migrate_through(db: &Db, wanted: impl Fn(&str) -> bool) -> Result<(), Error> {
    let version = "create table if not exists migration (name {text} primary key)";
    db.writer().run(version, vec![]).await?;
    for (name, statements) in MIGRATIONS.iter().filter(|(name, _)| wanted(name)) {
        let tx = db.begin().await?;
        // Taking the row first makes a second process wait here and then find the step done.
        let taken = tx
            .run("insert into migration (name) values ($1) on conflict (name) do nothing", vec![(*name).into()])
            .await?;
        if taken == 1 {
            for statement in statements() {
                tx.run(&statement, vec![]).await?;
            }
            tx.commit().await?;
        }
    }
    Ok(())
}

/// How the database would run a statement of a list, line by line.
#[cfg(feature = "testkit")]
pub async fn explain(db: &Db, sql: &str, values: Vec<crate::Value>) -> Result<Vec<String>, Error> {
    let (verb, column) = match db.kind() {
        "postgres" => ("explain", "QUERY PLAN"),
        _ => ("explain query plan", "detail"),
    };
    let lines = db.reader().all(&format!("{verb} {sql}"), values).await?;
    Ok(lines.iter().map(|line| line.try_get("", column)).collect::<Result<_, _>>()?)
}

/// Runs statements of a test as they stand.
#[cfg(feature = "testkit")]
pub async fn run(db: &Db, statements: &[String]) -> Result<(), Error> {
    for statement in statements {
        db.writer().run(statement, vec![]).await?;
    }
    Ok(())
}

/// Rows of every table, for totals and tests.
pub async fn table_sizes(ctx: &Ctx) -> Result<Vec<(&'static str, i64)>, Error> {
    let mut sizes = Vec::new();
    for table in TABLES {
        let row = ctx.app.db.reader().one(&format!("select count(*) as n from {table}"), vec![]).await?;
        sizes.push((table.name(), row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default()));
    }
    Ok(sizes)
}

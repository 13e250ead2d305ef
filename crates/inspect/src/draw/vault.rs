//! What a draw keeps sealed: bases, secrets, who is behind the pseudonyms, why an officer is kept from an object, and the
//! drawn list. Each lies as one sealed text under the hash of its bytes.

use super::{Draw, Frozen, State};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_draw::base::{Bases, Inspector, Recusal};
use xingjian_draw::draw::{self, Row, Secrets};
use xingjian_draw::team::Team;
use xingjian_draw::{DrawId, Salt};
use xingjian_kernel::SubjectRef;
use xingjian_kernel::id::OfficerId;
use xingjian_store::{Ctx, Error, Failure, Reading, Sealed, Tx, blobs};

/// Who is behind a pseudonym, with what opens the commitment to the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behind {
    /// The officer.
    pub officer: OfficerId,
    /// The record as it was.
    pub record: Inspector,
    /// Opens the commitment.
    pub salt: Salt,
}

/// Why an officer is kept from an object, with what opens the commitment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// The reason.
    pub recusal: Recusal,
    /// Opens the commitment.
    pub salt: Salt,
}

/// What lies sealed from the fixing of the bases on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// The bases.
    pub bases: Bases,
    /// Salt and nonce.
    pub secrets: Secrets,
    /// Who is behind the pseudonyms.
    pub officers: BTreeMap<String, Behind>,
    /// Why officers are kept from objects.
    pub reasons: Vec<Opened>,
    /// Who is behind the ids of the objects.
    pub subjects: BTreeMap<String, SubjectRef>,
}

fn place(what: &str, name: &DrawId) -> String {
    format!("draw.{what}/{name}")
}

/// Seals a value and keeps it; gives the hash to find it by.
pub(super) async fn keep_in<T: Serialize + Sync>(
    tx: &mut Tx,
    ctx: &Ctx,
    (what, name): (&str, &DrawId),
    value: &T,
) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(Error::from)?;
    let sealed = ctx.app.keys.seal(&*ctx.app.rng, &place(what, name), &text);
    blobs::keep(tx, serde_json::to_vec(&sealed).map_err(Error::from)?).await
}

fn open<T: DeserializeOwned>(ctx: &Ctx, (what, name): (&str, &DrawId), bytes: &[u8]) -> Result<T, Failure> {
    let sealed: Sealed = serde_json::from_slice(bytes).map_err(Error::from)?;
    let text = ctx.app.keys.open(&place(what, name), &sealed).map_err(Error::from)?;
    Ok(serde_json::from_str(&text).map_err(Error::from)?)
}

/// What lies sealed from the fixing of the bases on.
pub(super) async fn vault(from: &mut Reading<'_>, ctx: &Ctx, frozen: &Frozen) -> Result<Vault, Failure> {
    open(ctx, ("vault", &frozen.document.draw), &from.blob(ctx, &frozen.vault).await?)
}

async fn rows(from: &mut Reading<'_>, ctx: &Ctx, name: &DrawId, hash: &str) -> Result<Vec<Row>, Failure> {
    open(ctx, ("rows", name), &from.blob(ctx, hash).await?)
}

/// The draw as crate `draw` knows it, and the vault.
pub(super) async fn machine(from: &mut Reading<'_>, ctx: &Ctx, of: &Draw) -> Result<(draw::State, Vault), Failure> {
    let frozen = of.state.frozen().ok_or_else(|| Error::Missing(format!("frozen bases of {}", of.name)))?;
    let vault = vault(from, ctx, frozen).await?;
    let bases =
        draw::Frozen { document: frozen.document.clone(), bases: vault.bases.clone(), secrets: vault.secrets.clone() };
    let state = match &of.state {
        State::Seeded { seeding, .. } => {
            draw::State::Seeded(Box::new(draw::Seeded { frozen: bases, seeding: (**seeding).clone() }))
        }
        State::Drawn { drawn, .. } | State::Released { drawn, .. } => {
            let rows = rows(from, ctx, &of.name, &drawn.rows).await?;
            let release = if let State::Released { release, .. } = &of.state { Some(release.clone()) } else { None };
            let whole = Box::new(draw::Drawn {
                seeded: draw::Seeded { frozen: bases, seeding: drawn.seeding.clone() },
                drawing: drawn.drawing.clone(),
                teams: teams(&rows, &drawn.changes),
                rows,
                changes: drawn.changes.clone(),
                results: drawn.results.clone(),
                release,
            });
            if whole.release.is_some() { draw::State::Released(whole) } else { draw::State::Drawn(whole) }
        }
        State::Stopped { seeding, stop, .. } => draw::State::Stopped(Box::new(draw::Stopped {
            frozen: bases,
            seeding: seeding.as_deref().cloned(),
            stop: stop.clone(),
        })),
        State::Frozen { .. } | State::Prepared | State::Dropped { .. } => draw::State::Frozen(Box::new(bases)),
    };
    Ok((state, vault))
}

/// The teams as they are now.
fn teams(rows: &[Row], changes: &[draw::OfficerChange]) -> Vec<Team> {
    let as_drawn = |row: &Row| Team { object: row.object.clone(), officers: row.officers.clone() };
    let mut teams: Vec<Team> = rows.iter().map(as_drawn).collect();
    for change in changes {
        let team = teams.iter_mut().find(|team| team.object == change.object);
        let seat = team.and_then(|team| team.officers.iter_mut().find(|officer| **officer == change.from));
        if let Some(seat) = seat {
            seat.clone_from(&change.to);
        }
    }
    teams
}

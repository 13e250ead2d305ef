//! What the witnesses of the log said: each cosignature under the checkpoint it is of, and how each witness stands. The rows are those of
//! all nodes. Asking them is the business of whoever knows HTTP.

use super::{Log, LogError, Signed};
use crate::{App, Error, Executor};
use sea_orm::Value;
use sha2::{Digest, Sha256};
use xingjian_kernel::Timestamp;
use xingjian_tlog::{Policy, SignedCheckpoint, VerifierKey};

/// How a witness stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessState {
    /// Its name in the list.
    pub name: String,
    /// Its key.
    pub key: String,
    /// Leaves of what it cosigned last, and when.
    pub last: Option<(u64, Timestamp)>,
    /// What is wrong, if something is.
    pub trouble: Option<Trouble>,
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Since when.
    pub since: Timestamp,
    /// What it said, or why it could not be asked.
    pub said: String,
    /// It knows another history of this log: not a fault of the witness or of the way to it.
    pub alarm: bool,
}

/// The list of witnesses cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WitnessListError {
    /// It is no policy.
    #[error(transparent)]
    Policy(#[from] xingjian_tlog::PolicyFaults),
    /// It names logs.
    #[error("见证人名单中不写 log 一行：本实例的日志公钥会自动加上；请删去")]
    NamesLog,
    /// A witness that cannot be asked.
    #[error("见证人“{0}”没有网址；请在该行末尾写上 http:// 开头的见证网址")]
    NoAddress(String),
}

impl Log {
    /// With the witnesses of a list: `witness`, `group` and `quorum` lines of c2sp.org/tlog-policy.
    pub fn witnessed_by(mut self, list: &[u8]) -> Result<Self, WitnessListError> {
        let policy = Policy::parse(list)?;
        if policy.logs().next().is_some() {
            return Err(WitnessListError::NamesLog);
        }
        if let Some((name, ..)) = policy.witnesses().find(|(.., url)| url.is_none()) {
            return Err(WitnessListError::NoAddress(name.to_owned()));
        }
        self.policy = policy.of_log(self.verifiers());
        Ok(self)
    }

    /// Whom a verifier trusts who trusts this log and the witnesses its operator chose.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The newest checkpoint whose tree is on this machine, with the cosignatures it has so far.
    pub async fn newest(&self, app: &App) -> Result<Option<SignedCheckpoint>, LogError> {
        let size = self.files.lock().await.size();
        let sql = "select size, root, note, at from log_checkpoint where size <= $1 order by size desc limit 1";
        let row = app.db.reader().one(sql, vec![size.cast_signed().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(self.with_cosignatures(app, &Signed::of(&row)?).await?))
    }

    /// The newest checkpoint that enough witnesses cosigned; `None` before there is one. Where no witnesses are asked for, the newest.
    pub async fn witnessed(&self, app: &App) -> Result<Option<SignedCheckpoint>, LogError> {
        if self.policy.witnesses().next().is_none() {
            return self.newest(app).await;
        }
        let size = self.files.lock().await.size();
        let sql = "select c.size, c.root, c.note, c.at from log_witnessed w join log_checkpoint c on c.size = w.size \
                   where w.policy = $1 and w.size <= $2";
        let row = app.db.reader().one(sql, vec![self.policy_id().into(), size.cast_signed().into()]).await?;
        let Some(row) = row else { return Ok(None) };
        let signed = self.with_cosignatures(app, &Signed::of(&row)?).await?;
        // What the database says is not believed by itself.
        Ok(Some(signed).filter(|signed| self.policy.check(signed).is_ok()))
    }

    /// How each witness stands, in the order of the list.
    pub async fn witnesses(&self, app: &App) -> Result<Vec<WitnessState>, LogError> {
        let mut states = vec![];
        for (name, key, _) in self.policy.witnesses() {
            let sql = "select size, at, failing_since, said, alarm from log_witness where witness = $1";
            let row = app.db.reader().one(sql, vec![key.to_string().into()]).await?;
            let (mut last, mut trouble) = (None, None);
            if let Some(row) = row {
                let (size, at): (i64, Option<i64>) = (row.try_get("", "size")?, row.try_get("", "at")?);
                last = at.map(|at| (size.cast_unsigned(), Timestamp::from_micros(at)));
                let since: Option<i64> = row.try_get("", "failing_since")?;
                let (said, alarm): (String, i64) = (row.try_get("", "said")?, row.try_get("", "alarm")?);
                trouble = since.map(|since| Trouble { since: Timestamp::from_micros(since), said, alarm: alarm != 0 });
            }
            states.push(WitnessState { name: name.to_owned(), key: key.to_string(), last, trouble });
        }
        Ok(states)
    }

    /// Takes the answer of a witness over: verified, kept under its checkpoint, and the checkpoint counts as witnessed once the policy has enough.
    pub async fn keep_cosignature(
        &self,
        app: &App,
        key: &VerifierKey,
        asked: &SignedCheckpoint,
        answer: &[u8],
    ) -> Result<Result<(), xingjian_tlog::AnswerError>, LogError> {
        let mut checkpoint = asked.clone();
        if let Err(error) = checkpoint.take_cosignatures(answer, std::slice::from_ref(key)) {
            return Ok(Err(error));
        }
        let lines = checkpoint.note().signatures().iter();
        let line: String =
            lines.filter(|line| line.name() == key.name() && line.id() == key.id()).map(ToString::to_string).collect();
        let size: Value = checkpoint.checkpoint().size().cast_signed().into();
        let (witness, now) = (Value::from(key.to_string()), Value::from(app.clock.now().micros()));
        let tx = app.db.begin().await?;
        tx.run(
            "insert into log_cosignature (size, witness, line, at) values ($1, $2, $3, $4) \
             on conflict (size, witness) do update set line = excluded.line, at = excluded.at",
            vec![size.clone(), witness.clone(), line.into(), now.clone()],
        )
        .await?;
        tx.run(
            "insert into log_witness (witness, size, at, failing_since, said, alarm) values ($1, $2, $3, null, '', 0) \
             on conflict (witness) do update set size = excluded.size, at = excluded.at, failing_since = null, said = '', \
             alarm = 0",
            vec![witness, size, now],
        )
        .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }

    /// Writes down that the checkpoint has enough cosignatures, if it has; a later one stays.
    pub async fn count_cosignatures(&self, app: &App, size: u64) -> Result<bool, LogError> {
        let sql = "select size, root, note, at from log_checkpoint where size = $1";
        let Some(row) = app.db.reader().one(sql, vec![size.cast_signed().into()]).await? else { return Ok(false) };
        let signed = self.with_cosignatures(app, &Signed::of(&row)?).await?;
        if self.policy.check(&signed).is_err() {
            return Ok(false);
        }
        let tx = app.db.begin().await?;
        tx.run(
            "insert into log_witnessed (policy, size) values ($1, $2) \
             on conflict (policy) do update set size = excluded.size where log_witnessed.size < excluded.size",
            vec![self.policy_id().into(), size.cast_signed().into()],
        )
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down what a witness said that did not cosign, or why it could not be asked; `false` if that was known.
    pub async fn witness_failed(
        &self,
        app: &App,
        key: &VerifierKey,
        said: &str,
        alarm: bool,
    ) -> Result<bool, LogError> {
        let tx = app.db.begin().await?;
        let sql = "select said, failing_since from log_witness where witness = $1";
        let known = tx.one(sql, vec![key.to_string().into()]).await?;
        let known: Option<String> = known.map_or(Ok(None), |row| {
            let since: Option<i64> = row.try_get("", "failing_since")?;
            let said: String = row.try_get("", "said")?;
            Ok::<_, sea_orm::DbErr>(since.map(|_| said))
        })?;
        tx.run(
            "insert into log_witness (witness, size, at, failing_since, said, alarm) values ($1, 0, null, $2, $3, $4) \
             on conflict (witness) do update set failing_since = coalesce(log_witness.failing_since, excluded.failing_since), \
             said = excluded.said, alarm = excluded.alarm",
            vec![key.to_string().into(), app.clock.now().micros().into(), said.into(), i64::from(alarm).into()],
        )
        .await?;
        tx.commit().await?;
        Ok(known.as_deref() != Some(said))
    }

    /// Lets this process alone ask the witnesses until then; `false` where another one does. So two nodes never overtake each other's
    /// checkpoint, and each checkpoint that is shown to one witness is shown to all.
    pub async fn claim_asking(&self, app: &App, until: Timestamp) -> Result<bool, LogError> {
        let tx = app.db.begin().await?;
        let claimed = tx
            .run(
                "insert into log_asking (id, until) values (1, $1) \
                 on conflict (id) do update set until = excluded.until where log_asking.until < $2",
                vec![until.micros().into(), app.clock.now().micros().into()],
            )
            .await?;
        tx.commit().await?;
        Ok(claimed == 1)
    }

    /// Lets others ask, if nobody took it over meanwhile.
    pub async fn end_asking(&self, app: &App, until: Timestamp) -> Result<(), LogError> {
        let tx = app.db.begin().await?;
        tx.run("update log_asking set until = 0 where id = 1 and until = $1", vec![until.micros().into()]).await?;
        Ok(tx.commit().await?)
    }

    /// Leaves of the largest checkpoint that was ever signed, on whatever node.
    pub async fn largest(&self, app: &App) -> Result<u64, LogError> {
        let row = app.db.reader().one("select max(size) as size from log_checkpoint", vec![]).await?;
        let size: Option<i64> = row.map_or(Ok(None), |row| row.try_get("", "size"))?;
        Ok(size.unwrap_or_default().cast_unsigned())
    }

    async fn with_cosignatures(&self, app: &App, signed: &Signed) -> Result<SignedCheckpoint, LogError> {
        let mut checkpoint = SignedCheckpoint::parse(signed.note.as_bytes())?;
        let keys: Vec<VerifierKey> = self.policy.witnesses().map(|(_, key, _)| key.clone()).collect();
        let sql = "select witness, line from log_cosignature where size = $1";
        let rows = app.db.reader().all(sql, vec![signed.size.cast_signed().into()]).await?;
        let mut lines = std::collections::BTreeMap::new();
        for row in rows {
            let (witness, line): (String, String) = (row.try_get("", "witness")?, row.try_get("", "line")?);
            lines.insert(witness, line);
        }
        // In the order of the list, and only of those on it.
        for key in &keys {
            if let Some(line) = lines.get(&key.to_string()) {
                let taken = checkpoint.take_cosignatures(line.as_bytes(), std::slice::from_ref(key));
                taken.map_err(|error| Error::Missing(format!("a readable cosignature of {}: {error}", key.name())))?;
            }
        }
        Ok(checkpoint)
    }

    /// By what it is known which checkpoints were witnessed: another list is another question.
    fn policy_id(&self) -> String {
        hex::encode(Sha256::digest(self.policy.clone().without_addresses().to_string()))
    }
}

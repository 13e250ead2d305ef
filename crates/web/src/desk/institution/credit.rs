use crate::app::Web;
use crate::desk::policy::{self, Standing};
use crate::guard::Caller;
use crate::ui::Badge;
use xingjian_credit::grade::{self, Change, Grading, Line, SourceRef, Standing as Record};
use xingjian_inspect::rate::Rate as SamplingRate;
use xingjian_inspect::task::service::frequency;
use xingjian_kernel::SubjectRef;
use xingjian_kernel::time::chinese;
use xingjian_registry::release;
use xingjian_store::{Failure, records};

/// The credit of a subject as its file shows it: the grade line by line, and the sampling rate with its reason.
#[derive(Default)]
pub struct Credit {
    /// Why there is no grade.
    pub refusal: Option<String>,
    /// The grade.
    pub grade: String,
    /// What it means.
    pub label: String,
    /// Points in the end.
    pub total: i32,
    /// Points at the beginning.
    pub base: i32,
    /// First and last day of the rating period.
    pub period: String,
    /// Nothing follows from the grade yet.
    pub trial: bool,
    /// The grade that sampling goes by.
    pub effective: String,
    /// Grade by the points alone.
    pub by_points: String,
    /// Cause whose veto decided.
    pub veto: Option<String>,
    /// One line a cause.
    pub lines: Vec<CreditLine>,
    /// Events the model gives no points for.
    pub unweighted: Vec<String>,
    /// When the grade may change by itself.
    pub next_change: Option<String>,
    /// Changes of the grade, newest first.
    pub history: Vec<String>,
    /// The model.
    pub model: Basis,
    /// The sampling rate.
    pub rate: Option<Rate>,
}

/// A cause and its points.
pub struct CreditLine {
    /// The cause.
    pub name: String,
    /// Units that happened.
    pub count: u32,
    /// Points for one.
    pub each: String,
    /// Points that count.
    pub subtotal: String,
    /// Veto or cap.
    pub note: Option<String>,
    /// The acts behind it.
    pub sources: Vec<String>,
}

/// How often the subject is drawn, and why.
pub struct Rate {
    /// Rate of a draw in per cent.
    pub percent: u16,
    /// Most inspections a year.
    pub cap: u16,
    /// Inspections of this year.
    pub done: String,
    /// The sentence with the source.
    pub why: String,
    /// What else applies.
    pub extra: String,
    /// The entry.
    pub entry: Basis,
}

/// An entry of the policy pack that something rests on.
pub struct Basis {
    /// Document and clause.
    pub text: String,
    /// Its page.
    pub url: String,
    /// Whether it may support an act.
    pub state: Badge,
}

impl Default for Basis {
    fn default() -> Self {
        Self { text: String::new(), url: String::new(), state: Badge::new("", "none") }
    }
}

/// Grade and rate of a subject, the same for everybody who may see it.
pub async fn of(web: &Web, caller: &Caller, subject: SubjectRef) -> Result<Credit, Failure> {
    let ctx = &caller.ctx;
    let (grading, entry) = match grade::sampling_of(ctx, &subject).await {
        Ok(found) => found,
        Err(Failure::Refused(refusal)) => {
            let refusal = Some(format!("{}。{}", refusal.message, refusal.mend));
            return Ok(Credit { refusal, ..Credit::default() });
        }
        Err(failure) => return Err(failure),
    };
    let all = ctx.seeing_all();
    let standing = records::get::<Record>(&all, subject).await?;
    let releases = release::all(&all).await?;
    let today = web.app.clock.today();
    let basis = |table: &str, id: &str| {
        web.app.policy.head(table, id, today).map_or_else(Basis::default, |head| Basis {
            text: format!(
                "{} {}（{} {}）",
                head.source.document,
                head.source.clause,
                head.status.mark(),
                head.status.label()
            ),
            url: policy::address(head.table, &head.id),
            state: Standing::of(web, &head, &releases).badge(),
        })
    };
    let done = frequency(ctx, subject).await?.map(|(_, frequency)| frequency.done);
    let rate = entry.as_ref().map(|entry| {
        let rate = SamplingRate::from(entry);
        Rate {
            percent: rate.percent,
            cap: rate.yearly_cap,
            done: done.map_or_else(String::new, |done| format!("{}年已安排 {done} 次", today.year())),
            why: format!("{}。", rate.why()),
            extra: rate.extra.clone(),
            entry: basis("sampling_rate", &rate.entry),
        }
    });
    Ok(Credit {
        effective: entry.map_or_else(|| grading.grade.clone(), |entry| entry.grade.clone()),
        model: basis("grade_model", &grading.model.id),
        history: standing.iter().flat_map(|s| s.history.iter().rev()).map(change).collect(),
        rate,
        ..graded(web, grading)
    })
}

fn graded(web: &Web, grading: Grading) -> Credit {
    Credit {
        total: grading.total,
        base: grading.base,
        period: format!("{} 至 {}", grading.from, grading.as_of),
        trial: grading.trial,
        lines: grading.lines.iter().map(|l| line(web, l)).collect(),
        unweighted: grading.unweighted.iter().map(|s| source(web, s)).collect(),
        next_change: grading
            .next_change
            .map(|on| format!("{}起，最早的一项计分事项超出评定周期，不再计分", chinese(on))),
        grade: grading.grade,
        label: grading.label,
        by_points: grading.by_points,
        veto: grading.veto,
        ..Credit::default()
    }
}

fn line(web: &Web, line: &Line) -> CreditLine {
    let veto = line.veto.as_ref().map(|grade| format!("一票否决，直接定为{grade}级"));
    let capped = line.uncapped.map(|plain| format!("本项封顶，未封顶为{plain:+}"));
    CreditLine {
        name: line.name.clone(),
        count: line.count,
        each: format!("{:+}", line.each),
        subtotal: format!("{:+}", line.subtotal),
        note: veto.or(capped),
        sources: line.sources.iter().map(|s| source(web, s)).collect(),
    }
}

fn source(web: &Web, source: &SourceRef) -> String {
    let number = source.number.as_deref().map(|number| format!("，{number}")).unwrap_or_default();
    let department = crate::desk::department(web, source.department.as_str());
    format!("{} {}（{department}{number}）", source.effective_on, source.text)
}

fn change(change: &Change) -> String {
    let trial = if change.trial { "（试算）" } else { "" };
    format!("{} {}级→{}级{trial}，{}分：{}", change.on, change.from, change.to, change.total, change.reason)
}

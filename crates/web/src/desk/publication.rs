//! Publications at the desk: what the public would read beside what stays hidden, and the decision about it.

mod text;

use super::links::{self, Ground};
use super::{Tried, back, badge, clock, department, due_on, more, open};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Clock, Field, FilePage, Kind, Layout, Line, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_govern::publication::{self, Action, Decided, Projection, Publication, SourceKind, State as Stage};
use xingjian_kernel::id::PublicationId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_policy::{Entry, PublicationClass};
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/publications";
const READERS: Callers = Callers::Holding(&[Permission::DecidePublication]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Publications>(READERS),
        vec![
            Route::get("/desk/publications/{id}", READERS, show),
            Route::post("/desk/publications/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

fn is_open(publication: &Publication) -> bool {
    !Publication::SETTLED.contains(&publication.state_name())
}

fn row(web: &Web, stored: &Stored<Publication>) -> Row {
    let on = match stored.source.kind {
        SourceKind::Decision => "决定",
        SourceKind::Inspection => "检查",
    };
    let shown = stored.shown().map(|shown| format!(" · 公示至{}", shown.until)).unwrap_or_default();
    let open = is_open(stored);
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.title.clone(),
        detail: format!("{} · {}{on}{shown}", stored.class_name, stored.source.on),
        state: badge(stored.state_label(), open, open),
        owner: department(web, stored.department.as_str()),
        // The end of publication comes by itself; it is nobody's term.
        due: due_on(web, stored.next_due().filter(|_| open)),
    }
}

/// Publications that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !caller.ctx.actor.may(Permission::DecidePublication) {
        return Ok(vec![]);
    }
    let found = open::<Publication>(caller).await?;
    Ok(found.iter().map(|p| (p.next_due(), row(web, p))).chain(more::<Publications, _>(&found)).collect())
}

/// The list of publications.
struct Publications;

impl Listing for Publications {
    type Item = Publication;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/publications/excel";
    const TITLE: &'static str = "信息公开";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&[
            ("pending", "待决定"),
            ("recalled", "待撤回"),
            ("published", "已公开"),
            ("withheld", "不予公开"),
            ("withdrawn", "已撤回"),
            ("void", "已失效"),
            ("repaired", "已修复"),
            ("expired", "已到期"),
        ])
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty(
            "没有符合条件的公开事项。处罚决定作出、检查记录提交后，自动出现在这里等待决定；已公开的请选“已公开”。",
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Publication> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Publication>]) -> Cells {
        Ok(matters(found, |stored| row(web, stored)))
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, &id, None, Some(&query.done)).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    match perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: PublicationId = id.parse().map_err(|_| Failure::NotFound)?;
    let reason = given.text("reason").trim().to_owned();
    let action = match action {
        "publish" => Action::Publish { reason },
        "withhold" => Action::Withhold { reason },
        "reconsider" => Action::Reconsider { reason },
        "recall" => {
            let mut faults = vec![];
            let on = given.date("on", &mut faults);
            Action::Recall { on: on.ok_or(faults)?, reason }
        }
        "repair" => Action::Repair { commitment: given.text("commitment").trim().to_owned(), reason },
        "withdraw" => Action::Withdraw { reason },
        _ => return Err(Failure::NotFound),
    };
    let publication = publication::act(&caller.ctx, id, given.seen(), action).await?;
    Ok(match &publication.state {
        Stage::Published { shown, .. } => format!("已公开，公示至{}", chinese(shown.until)),
        Stage::Withheld { .. } => "已决定不予公开".into(),
        Stage::Pending => "已恢复为待决定".into(),
        Stage::Recalled { due, .. } => format!("已登记，应于{}前撤回并说明理由", chinese(due.due)),
        Stage::Withdrawn { .. } => "已撤回，公众可以看到撤回说明".into(),
        Stage::Repaired { .. } => "已办理信用修复，公示内容已撤下".into(),
        Stage::Void { .. } => "已失效".into(),
        Stage::Expired { .. } => "已撤下".into(),
    })
}

fn forms(web: &Web, caller: &Caller, file: &File<'_>, missing: Option<&String>) -> Vec<ActionForm> {
    let today = web.app.clock.today();
    let publication = &file.publication;
    let recalled = matches!(publication.state, Stage::Recalled { .. });
    let form = |name: &str, label: &str, field: Field| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", publication.id), publication.version).field(field)
    };
    let reason = |label: &str, hint: &str| Field::new("reason", label, Kind::Area).hint(hint);
    let open = publication.open_actions(&caller.ctx.actor).into_iter();
    let possible = |action: &&str| match *action {
        "publish" => missing.is_none(),
        "repair" => file.can_be_repaired(today),
        _ => true,
    };
    let forms = open.filter(possible).map(|action| match action {
        "publish" => form("publish", "决定公开", reason("公开理由", file.why()))
            .consequence("“公众将看到”所列内容对任何人公开，期满自动撤下；公开的内容写入存证，可供核验。"),
        "withhold" => form("withhold", "不予公开", reason("不予公开的理由", "写明依据；理由留存备查，公众不可见。"))
            .secondary()
            .consequence("公众看不到该事项；以后可以重新决定。"),
        "reconsider" => form("reconsider", "重新决定", reason("重新决定的理由", "写明情况有何变化。"))
            .consequence("恢复为待决定，公开期限仍按原起算日计算。"),
        "recall" => {
            let hint = "处罚决定被依法变更、撤销、确认违法或者确认无效的，写明文书和日期。";
            let term = web.app.policy.clock("publish_withdraw", today).map_or_else(String::new, |c| c.term.to_string());
            form("recall", "登记应当撤回", reason("应当撤回的原因", hint))
                .field(
                    Field::new("on", "变更、撤销的日期", Kind::Date)
                        .value(today.to_string())
                        .hint("变更、撤销文书的日期。"),
                )
                .secondary()
                .consequence(format!(
                    "自变更、撤销之日起{term}内撤回并公开说明理由（行政处罚法第48条）；撤回前仍在公示。"
                ))
        }
        "repair" => form("repair", "信用修复", reason("核实情况", "逐项写明纠正、履行的核实情况和材料。"))
            .field(Field::new("commitment", "信用承诺", Kind::Area).hint("承诺的日期和主要内容；承诺书原件存卷。"))
            .secondary()
            .consequence(format!("核实后提前撤下，不能恢复。条件：{}。", file.repair())),
        _ => {
            let form =
                form("withdraw", "撤回公开", reason("撤回理由（公众可见）", "不写个人信息；电话和证件号码自动隐去。"));
            let form = if recalled { form } else { form.secondary() };
            form.consequence("原内容立即撤下，公众只看到撤回日期和理由；撤回后不能恢复。")
        }
    });
    forms.collect()
}

fn clocks(web: &Web, publication: &Publication, class: Option<&Entry<PublicationClass>>) -> Vec<Clock> {
    match &publication.state {
        Stage::Pending => {
            let id = class.map_or("", |class| class.clock.as_str());
            vec![clock(web, "决定是否公开", id, &publication.due)]
        }
        Stage::Recalled { due, .. } => vec![clock(web, "撤回并说明理由", "publish_withdraw", due)],
        _ => vec![],
    }
}

/// A publication with what its file shows.
struct File<'a> {
    publication: Stored<Publication>,
    acts: Vec<ledger::LedgerRow>,
    /// The class as it was on the day of the decision or of the visit.
    class: Option<&'a Entry<PublicationClass>>,
    ground: Option<Ground>,
    /// What the public would read now.
    preview: Option<Projection>,
    /// The paper of the decision.
    paper: Option<Line>,
    /// Whether the party has done everything it had to.
    fulfilled: bool,
}

impl<'a> File<'a> {
    async fn of(web: &'a Web, caller: &Caller, id: &str) -> Result<Self, Failure> {
        let publication = records::must::<Publication>(&caller.ctx, id).await?;
        let on = publication.source.on;
        let class = web.app.policy.publication_class(&publication.class, on);
        let undecided = matches!(publication.state, Stage::Pending | Stage::Withheld { .. });
        let preview =
            if undecided && class.is_some() { publication::preview(&caller.ctx, publication.id).await? } else { None };
        let text = preview.as_ref().or_else(|| publication.shown().map(|shown| &shown.projection));
        let paper = match text.and_then(|text| text.get("document_number")) {
            Some(number) => links::paper(caller, number).await?,
            None => None,
        };
        Ok(Self {
            acts: ledger::of_resource(&caller.ctx, Publication::TABLE, id).await?,
            ground: Ground::of(web, &links::releases(caller).await?, "publication_class", &publication.class, on),
            class,
            preview,
            paper,
            fulfilled: publication::is_fulfilled(&caller.ctx, &publication).await?,
            publication,
        })
    }

    /// What the reason to publish may rest on.
    fn why(&self) -> &'static str {
        match self.publication.source.kind {
            SourceKind::Decision if self.class.is_some_and(|class| class.hidden_in_principle) => {
                "该类别原则上不公示；确需公示的，写明必须公示的理由和依据。"
            }
            SourceKind::Decision => "具有一定社会影响的行政处罚决定应当依法公开（行政处罚法第48条）。",
            SourceKind::Inspection => "行政检查的结果应当公开（国办发〔2018〕118号）。",
        }
    }

    /// What a repair needs, as the class says it.
    fn repair(&self) -> &str {
        self.class.and_then(|class| class.repair.as_deref()).unwrap_or("履行义务并作出信用承诺")
    }

    /// Whether a repair would not be refused at once: the shortest time is over and the case is closed.
    fn can_be_repaired(&self, today: LocalDate) -> bool {
        let over = |shown: &publication::Shown| shown.shortest.is_none_or(|shortest| shortest < today);
        self.fulfilled && self.publication.shown().is_some_and(over)
    }

    /// Why it cannot be published yet.
    fn missing(&self) -> Option<String> {
        let pending = matches!(self.publication.state, Stage::Pending);
        if pending && !self.publication.served {
            return Some(
                "决定书尚未送达当事人；公开期限自决定之日起计算，请承办人尽快送达（行政处罚法第61条）。".into(),
            );
        }
        let ground = self.ground.as_ref().filter(|_| pending)?;
        ground.missing("放行前不能公开")
    }

    fn sections(&self, web: &Web, caller: &Caller) -> Vec<Section> {
        let publication = &self.publication;
        let (text, title) = match (publication.shown(), &publication.state) {
            (Some(shown), _) => (Some(&shown.projection), "公众现在看到"),
            (None, Stage::Withheld { .. }) => (self.preview.as_ref(), "如果公开，公众将看到"),
            (None, _) => (self.preview.as_ref(), "公众将看到"),
        };
        let mut sections = vec![];
        if let (Some(text), Some(class)) = (text, self.class) {
            sections.push(text::read(title, text));
            sections.push(text::hidden(web, publication, class, text));
        }
        sections.push(self.matter(caller));
        sections.extend(decided(publication));
        sections
    }

    fn matter(&self, caller: &Caller) -> Section {
        let (publication, source) = (&self.publication, &self.publication.source);
        let mut lines = vec![Line::new("公开类别", &publication.class_name)];
        lines.extend(self.ground.as_ref().map(|ground| ground.line("类别依据")));
        let text = self.preview.as_ref().or_else(|| publication.shown().map(|shown| &shown.projection));
        let name = text.and_then(|text| text.get("party_name")).unwrap_or("查看登记信息");
        lines.extend(publication.subject.map(|subject| links::subject(caller, subject, name)));
        let (on, behind) = match source.kind {
            SourceKind::Decision => ("决定日期", links::case(caller, &source.id)),
            SourceKind::Inspection => ("检查日期", links::task(caller, &source.id)),
        };
        lines.push(Line::new(on, chinese(source.on)));
        lines.extend(behind);
        lines.extend(self.paper.as_ref().map(|p| Line { url: p.url.clone(), ..Line::new(&p.label, &p.value) }));
        if let Some(class) = self.class {
            lines.push(Line::new("公示期限", format!("自{on}起，最长{}", class.retention)));
            lines.extend(class.shortest.map(|shortest| Line::new("最短公示期", shortest.to_string())));
            lines.extend(class.repair.as_ref().map(|repair| Line::new("信用修复条件", repair)));
            lines.extend(class.hidden_in_principle.then(|| Line::new("原则", "原则上不公示，确需公示的说明理由")));
        }
        lines.extend(publication.shown().map(|shown| Line::new("公示至", chinese(shown.until))));
        if publication.shown().is_some() || matches!(publication.state, Stage::Withdrawn { .. }) {
            lines.push(Line::link("公示页面", "查看公示页面", format!("/published/{}", publication.id)));
        }
        Section::new("公开事项", lines)
    }
}

/// Who decided what, and why.
fn decided(publication: &Publication) -> Option<Section> {
    let by = |label: &str, d: &Decided| Line::new(label, format!("{} {}：{}", chinese(d.on), d.by, d.reason));
    let lines = match &publication.state {
        Stage::Pending => return None,
        Stage::Published { decided, .. } => vec![by("决定公开", decided)],
        Stage::Withheld { decided } => vec![by("不予公开", decided)],
        Stage::Recalled { cause, changed_on, published_on, .. } => vec![
            Line::new("公开日期", chinese(*published_on)),
            Line::new("变更、撤销日期", chinese(*changed_on)),
            by("应当撤回", cause),
        ],
        Stage::Withdrawn { decided, notice, public_reason } => {
            vec![Line::new("撤回的内容", notice), by("撤回公开", decided), Line::new("公众看到的理由", public_reason)]
        }
        Stage::Void { cause } => vec![by("失效", cause)],
        Stage::Repaired { decided, commitment } => vec![by("信用修复", decided), Line::new("信用承诺", commitment)],
        Stage::Expired { on } => vec![Line::new("到期撤下", chinese(*on))],
    };
    Some(Section::new("决定", lines))
}

fn waiting_for(publication: &Publication, missing: Option<String>) -> Vec<String> {
    match &publication.state {
        Stage::Pending => missing.into_iter().collect(),
        Stage::Published { shown, .. } => vec![format!("公示至{}，期满由系统自动撤下。", chinese(shown.until))],
        Stage::Withdrawn { .. } | Stage::Void { .. } | Stage::Repaired { .. } | Stage::Expired { .. } => {
            vec!["不需要再办理。".into()]
        }
        Stage::Withheld { .. } | Stage::Recalled { .. } => vec![],
    }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let file = match File::of(web, caller, id).await {
        Ok(file) => file,
        Err(failure) => return errors::failure(web, &failure),
    };
    let (publication, missing) = (&file.publication, file.missing());
    let mut actions = forms(web, caller, &file, missing.as_ref());
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let open = is_open(publication);
    let page = FilePage {
        layout: Layout::of(web, caller, &publication.title, PATH).done(done),
        list: ("信息公开".into(), PATH.into()),
        title: publication.title.clone(),
        number: String::new(),
        state: badge(publication.state_label(), open, open),
        clocks: clocks(web, publication, file.class),
        sections: file.sections(web, caller),
        waiting: waiting_for(publication, missing),
        acts: timeline(file.acts),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

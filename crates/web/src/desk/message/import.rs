//! Files of messages.

use super::PATH;
use crate::app::Web;
use crate::desk::import::{Importing, Paths, Sample, UploadText};
use crate::guard::Caller;
use crate::listing::{Around, Cells, Listed, Listing};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column};
use xingjian_registry::import::{Done, Outcome, Preview};
use xingjian_sense::message::import::{self, MessageImport};
use xingjian_sense::message::mask;
use xingjian_store::{Ctx, Failure, Filter, Order, Stored, records};

/// Messages shown as they were read, so that a wrong column is seen.
const SAMPLES: usize = 3;

/// The list of files that were taken in.
pub struct Imports;

impl Listing for Imports {
    type Item = MessageImport;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/messages/excel";
    const TITLE: &'static str = "来件导入";
    const UNIT: &'static str = "次";
    const PLACEHOLDER: &'static str = "按文件名、校验值查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("文件").below("导入时间").sorted(Order::Newest),
        Column::new("新收"),
        Column::new("历史件"),
        Column::new("已有"),
        Column::new("退回"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("还没有导入过来件文件。热线、信箱、网站导出的文件先预览，确认后登记为待受理的投诉举报。").begin(
            true,
            "导入来件",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<MessageImport> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(_: &Web, _: &Caller, found: &[Stored<MessageImport>]) -> Cells {
        let cells = |import: &Stored<MessageImport>| {
            let done = &import.done;
            let [new, answered, known, rejected] = done.counts.map(|n| Cell::Count(n as u64));
            let file = Cell::link(&done.file, format!("{PATH}/imports/{}", import.id));
            let file = file.note(done.created_at.to_string());
            vec![file, new, answered, known, rejected, Cell::State(Badge::new("已导入", "done"))]
        };
        Ok(found.iter().map(cells).collect())
    }
}

impl Importing for Imports {
    const PATHS: Paths = Paths {
        new: "/desk/messages/new",
        returned: "/desk/messages/returned",
        confirm: "/desk/messages/confirm",
        one: "/desk/messages/imports/{id}",
        one_returned: "/desk/messages/imports/{id}/returned",
    };
    const COUNTS: [(&'static str, &'static str); 4] = [
        ("新收", "登记为待受理的投诉举报"),
        ("历史件", "来件前已经答复，只用于统计，不再办理"),
        ("已有", "编号和内容与已登记的相同，不重复登记"),
        ("退回", "不能登记，需要改正后重新导入"),
    ];

    fn upload(web: &Web) -> UploadText {
        let layouts = web.app.policy.message_layouts(web.app.clock.today());
        // The one that fits most files comes first.
        let mut options: Vec<(String, String)> = layouts.iter().map(|l| (l.id.clone(), l.name.clone())).collect();
        options.sort_by_key(|(id, _)| (id != "common", id.clone()));
        UploadText {
            title: "导入来件",
            lead: "热线、信箱、网站导出的来件文件，先预览再导入：每一行会怎样处理、为什么，都会列出；确认之前不登记。",
            choice: ("列名对照", "政策包中的“来件文件列名”，决定每一列读作什么、算作哪个渠道。"),
            options,
            hint: "Excel 工作簿（.xlsx）、CSV（UTF-8、GB18030 编码）或者 JSON 行，不超过 20 MB。工作簿中有表头的工作表只留一个。",
            accept: ".csv,.xlsx,.jsonl,.json,text/csv",
            columns: &[
                ("正文", "必须有；标题、反映对象选填"),
                ("编号", "同一编号、同一内容的来件只登记一次；没有编号的，按内容比对"),
                ("姓名、电话", "加密保存，列表中不显示；正文中的电话和证件号码在列表中遮盖"),
                ("答复、答复时间", "两项都有的是历史件，只用于统计办理时限"),
            ],
            consequence: "确认后，“新收”的来件一次登记，按受理期限计时；“退回”的行不登记。登记的正是刚才预览的文件。",
        }
    }

    async fn preview(ctx: &Ctx, choice: &str, bytes: &[u8]) -> Result<(Preview, Vec<Sample>), Failure> {
        let judged = import::preview(ctx, choice, bytes).await?;
        let messages = judged.rows.iter().filter_map(|row| match &row.outcome {
            Outcome::Taken(message) | Outcome::Apart(message, _) => Some(message),
            Outcome::Matched { .. } | Outcome::Rejected(_) => None,
        });
        let sample = messages.take(SAMPLES).map(|message| Sample {
            about: mask(&message.about),
            when: message.sent_at.map_or_else(|| "没有时间".to_owned(), |at| at.to_string()),
            text: mask(&message.text.chars().take(80).collect::<String>()),
        });
        let samples = sample.collect();
        Ok((judged.plain(), samples))
    }

    async fn run(ctx: &Ctx, choice: &str, name: &str, bytes: &[u8]) -> Result<(Option<String>, Preview), Failure> {
        let (import, preview) = import::run(ctx, name, choice, bytes).await?;
        Ok((import.map(|import| import.id.to_string()), preview))
    }

    fn asked(_: &str) -> &'static [&'static str] {
        &[]
    }

    fn done(import: &MessageImport) -> &Done {
        &import.done
    }

    async fn returned(import: &MessageImport, ctx: &Ctx) -> Result<Option<Vec<u8>>, Failure> {
        import.returned(ctx).await
    }

    fn known(_: &str, id: &str) -> String {
        format!("/desk/complaints/{id}")
    }
}

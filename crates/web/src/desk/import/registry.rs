//! Lists of institutions and practitioners.

use super::{Importing, Paths, Sample, UploadText, routes_of};
use crate::app::Web;
use crate::guard::Caller;
use crate::listing::{Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column};
use xingjian_kernel::{Fault, Permission};
use xingjian_registry::import::{self, Done, Import, Kind, Preview};
use xingjian_store::{Ctx, Failure, Filter, Order, Stored, records};

const PATH: &str = "/desk/imports";

pub fn routes() -> Vec<Route> {
    routes_of::<Imports>(Callers::Holding(&[Permission::ManageRegistry]))
}

/// The list of imports.
struct Imports;

impl Listing for Imports {
    type Item = Import;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/imports/excel";
    const TITLE: &'static str = "导入";
    const UNIT: &'static str = "次";
    const PLACEHOLDER: &'static str = "按文件名、校验值查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("文件").below("导入时间").sorted(Order::Newest),
        Column::new("内容"),
        Column::new("新增"),
        Column::new("缺项新增"),
        Column::new("已有"),
        Column::new("退回"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("还没有导入过文件。导入前先预览，确认后才写入登记库。").begin(
            true,
            "导入机构、人员",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Import> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(_: &Web, _: &Caller, found: &[Stored<Import>]) -> Cells {
        let cells = |import: &Stored<Import>| {
            let done = &import.done;
            let [accepted, partial, matched, rejected] = done.counts.map(|n| Cell::Count(n as u64));
            let file = Cell::link(&done.file, format!("{PATH}/{}", import.id)).note(done.created_at.to_string());
            let state = Cell::State(Badge::new("已导入", "done"));
            vec![file, Cell::text(import.kind.label()), accepted, partial, matched, rejected, state]
        };
        Ok(found.iter().map(cells).collect())
    }
}

fn kind(choice: &str) -> Result<Kind, Failure> {
    let known = Kind::ALL.map(Kind::label).join("、");
    Ok(Kind::from_code(choice)
        .ok_or_else(|| Fault::new("内容", choice, "没有选择导入什么", format!("请选择{known}之一")))?)
}

impl Importing for Imports {
    const PATHS: Paths = Paths {
        new: "/desk/imports/new",
        returned: "/desk/imports/returned",
        confirm: "/desk/imports/confirm",
        one: "/desk/imports/{id}",
        one_returned: "/desk/imports/{id}/returned",
    };
    const COUNTS: [(&'static str, &'static str); 4] = [
        ("新增", "登记为新的机构或者人员"),
        ("缺项新增", "登记为新的，缺少或者需要核对的内容见说明"),
        ("已有", "登记库或者本文件前面已有，不重复登记"),
        ("退回", "不能登记，需要改正后重新导入"),
    ];

    fn upload(_: &Web) -> UploadText {
        UploadText {
            title: "导入机构、人员",
            lead: "选择文件后先预览：每一行会怎样处理、为什么，都会列出；确认之前不写入登记库。",
            choice: ("内容", "文件是哪一种名单。人员的执业机构须已在登记库中。"),
            options: Kind::ALL.iter().map(|kind| (kind.code().to_owned(), kind.label().to_owned())).collect(),
            hint: "Excel 工作簿（.xlsx）或者 CSV（UTF-8、GB18030 编码），不超过 20 MB。工作簿中有表头的工作表只留一个；登记号、证件号码所在列请设为“文本”格式。",
            accept: ".csv,.xlsx,text/csv",
            columns: &[
                ("机构名称", "医疗机构名单必填"),
                (
                    "行政区划代码",
                    "或者“省”“市”“区县”三列，也可以只有“区县”和“地址”；已撤销的区县按现行区划登记并说明依据，一分为二而地址看不出的请填代码",
                ),
                ("登记号", "选填；登记号相同即为同一机构，没有登记号的按名称和所在地比对"),
                ("统一社会信用代码", "选填，核对校验码"),
                ("类别、等级、地址、电话、床位", "均为选填，没有的留空"),
                (
                    "姓名、类别、主要执业机构",
                    "人员名单必填；类别为执业医师、护士等；机构写全称，同名的另填“机构登记号”",
                ),
                (
                    "执业证书编码、公民身份号码",
                    "按证书编码、身份号码、姓名和机构依次比对；号码与姓名矛盾、不能确定是否同一人的退回；身份号码加密保存",
                ),
                (
                    "执业范围、多点执业机构、同名核对",
                    "选填；同名而确为不同的人，填好能够区分的号码，并在“同名核对”列填写“另一人”",
                ),
            ],
            consequence: "确认后，“新增”和“缺项新增”的行一次写入登记库并纳入监管；“退回”的行不写入。写入的正是刚才预览的文件。",
        }
    }

    async fn preview(ctx: &Ctx, choice: &str, bytes: &[u8]) -> Result<(Preview, Vec<Sample>), Failure> {
        Ok((import::preview(ctx, kind(choice)?, bytes).await?, vec![]))
    }

    async fn run(ctx: &Ctx, choice: &str, name: &str, bytes: &[u8]) -> Result<(Option<String>, Preview), Failure> {
        let (import, preview) = import::run(ctx, kind(choice)?, name, bytes, false).await?;
        Ok((Some(import.id.to_string()), preview))
    }

    fn asked(choice: &str) -> &'static [&'static str] {
        Kind::from_code(choice).map_or(&[], Kind::asked)
    }

    fn done(import: &Import) -> &Done {
        &import.done
    }

    async fn returned(import: &Import, ctx: &Ctx) -> Result<Option<Vec<u8>>, Failure> {
        import.returned(ctx).await
    }

    fn known(choice: &str, id: &str) -> String {
        match Kind::from_code(choice) {
            Some(Kind::Practitioners) => format!("/desk/practitioners/{id}"),
            _ => format!("/desk/institutions/{id}"),
        }
    }
}

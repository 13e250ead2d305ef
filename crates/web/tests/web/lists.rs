//! Lists: each has its spreadsheet, which holds what its page shows to the same person; filters kept under a name.

use crate::people::{Answer, get, percent, post, send, signed_in, signed_in_of};
use axum::http::StatusCode;
use calamine::{Data, Reader, Xlsx};
use std::collections::BTreeSet;
use xingjian_credit::demerit::Demerit;
use xingjian_credit::linkage::Linkage;
use xingjian_enforce::case::Case;
use xingjian_govern::publication::Publication;
use xingjian_inspect::finding::Finding;
use xingjian_inspect::task::Task;
use xingjian_kernel::codes::CitizenId;
use xingjian_kernel::{Role, SubjectRef};
use xingjian_registry::account::Session;
use xingjian_registry::export::Export;
use xingjian_registry::institution::{self, Details, Institution};
use xingjian_registry::practitioner::{self, NewPractitioner, Profession};
use xingjian_sense::complaint::Complaint;
use xingjian_sense::signal::Signal;
use xingjian_store::{Ctx, ENDED, Filter, Record, Table, explain, ledger, records};
use xingjian_testkit::{World, both_databases};
use xingjian_web::{Callers, Route, routes};

/// Pages that have files below them and are no list: the latest run of screening, which has a spreadsheet of its own.
const NO_LIST: &[&str] = &["/desk/screening"];
/// Lines above the headings of a spreadsheet.
const TOP: usize = 5;

/// Every list of the desk and of the institution's door: what has files below it.
fn lists() -> Vec<Route> {
    let all = routes();
    let pages: Vec<&Route> = all.iter().filter(|route| route.method == "GET").collect();
    let has_files =
        |path: &str| pages.iter().any(|page| page.path.strip_prefix(path).is_some_and(|rest| rest.starts_with("/{")));
    let inside = |path: &str| path.starts_with("/desk/") || path.starts_with("/unit/");
    let is_list = |path: &str| path == "/desk/exports" || (inside(path) && !path.contains('{') && has_files(path));
    pages
        .iter()
        .filter(|page| is_list(page.path) && !NO_LIST.contains(&page.path))
        .map(|page| (*page).clone())
        .collect()
}

fn excel(list: &str) -> String {
    format!("{list}/excel")
}

/// The only sheet, and that no cell of it is a formula.
fn sheet(answer: &Answer) -> Vec<Vec<Data>> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(std::io::Cursor::new(answer.bytes.clone())).unwrap();
    let names = book.sheet_names();
    assert_eq!(names.len(), 1);
    assert!(book.worksheet_formula(&names[0]).unwrap().used_cells().next().is_none(), "no cell is a formula");
    book.worksheet_range(&names[0]).unwrap().rows().map(<[Data]>::to_vec).collect()
}

fn column(rows: &[Vec<Data>], name: &str) -> Vec<String> {
    let at = rows[TOP].iter().position(|heading| *heading == *name).unwrap();
    rows[TOP + 1..].iter().map(|row| row[at].to_string()).collect()
}

async fn somebody(world: &World, role: Role) -> Session {
    let subject = (role == Role::Unit).then(|| SubjectRef::Institution(Ctx::system(&world.app).new_id()));
    signed_in_of(world, role.code(), role, if role == Role::Unit { "unit" } else { "health" }, subject).await
}

fn details(name: &str, division: &str) -> Details {
    Details {
        name: name.into(),
        division: division.parse().unwrap(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: None,
        level: Some("二级甲等".into()),
        address: Some(format!("演示路{}号", name.chars().count())),
        telephone: None,
        beds: Some(120),
    }
}

pub async fn institution(world: &World, name: &str, division: &str) -> Institution {
    let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
    institution::register(&ctx, details(name, division), true).await.unwrap()
}

/// The names that a list shows, page after page.
async fn shown(world: &World, session: &Session, path: &str, files: &str) -> Vec<String> {
    let (mut names, mut next) = (vec![], Some(path.to_owned()));
    while let Some(path) = next {
        let page = send(world, get(&path, Some(session))).await;
        assert_eq!(page.status, StatusCode::OK);
        let before = format!("<a href=\"{files}/");
        let rows = page.body.split(before.as_str()).skip(1);
        let name = |row: &str| row.split_once("\">").unwrap().1.split_once("</a>").unwrap().0.to_owned();
        names.extend(rows.filter(|row| row.as_bytes().get(36) == Some(&b'"')).map(name));
        next = page.body.split_once("class=\"paging\"").map(|(_, rest)| {
            let address = rest.split_once("href=\"").unwrap().1.split_once('"').unwrap().0;
            address.replace("&#38;", "&").replace("&amp;", "&")
        });
    }
    names
}

fn plain(html: &str) -> String {
    html.replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[test]
fn every_list_names_its_spreadsheet_beside_it() {
    let all = routes();
    let lists = lists();
    assert!(lists.len() >= 20, "{:?}", lists.iter().map(|list| list.path).collect::<Vec<_>>());
    for list in &lists {
        let sheet = all.iter().find(|route| route.method == "POST" && route.path == excel(list.path));
        let sheet = sheet.unwrap_or_else(|| panic!("{} has no spreadsheet", list.path));
        assert_eq!(sheet.callers, list.callers, "{}", list.path);
    }
}

both_databases! {
    async fn every_list_can_be_carried_away_and_who_did_is_written_down(world: World) {
        let mut made = BTreeSet::new();
        for role in Role::ALL {
            let session = somebody(&world, *role).await;
            for list in lists() {
                let Callers::Holding(needed) = list.callers else { panic!("{} is for anybody", list.path) };
                if made.contains(list.path) || !needed.iter().any(|p| role.permissions().contains(p)) {
                    continue;
                }
                let page = send(&world, get(list.path, Some(&session))).await;
                assert!(page.body.contains(&format!("action=\"{}\"", excel(list.path))), "{}", list.path);
                // The list of exports would find the exports before it.
                let text = if list.path == "/desk/exports" { "=2+2 没有/:*" } else { "=1+1 “演示”/:*" };
                let book = send(&world, post(&excel(list.path), Some(&session), &[("q", text)])).await;
                let name = book.headers["content-disposition"].to_str().unwrap().to_owned();
                assert!(name.starts_with("attachment; filename*=UTF-8''%") && name.to_lowercase().ends_with(".xlsx") && !name.contains("%2F"), "{name}");
                let rows = sheet(&book);
                let top: Vec<String> = rows[..4].iter().map(|row| row[0].to_string()).collect();
                assert!(top[1].contains(&format!("查找“{text}”")) && top[1].contains("共0"), "{top:?}");
                assert!(top[2].contains(&format!("导出人：{}", role.code())) && top[2].contains("2026-11-23"), "{top:?}");
                assert!(top[3].contains("来源："), "{top:?}");
                let exports = records::all::<Export>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
                let export = exports.iter().max_by_key(|export| export.created_at).unwrap();
                assert_eq!((export.list.as_str(), export.rows, export.by.as_str()), (top[0].as_str(), 0, role.code()));
                let acts = ledger::of_resource(&Ctx::system(&world.app), Export::TABLE, export.id).await.unwrap();
                assert_eq!((acts.len(), acts[0].kind.as_str(), acts[0].actor.name.as_str()), (1, "export.made", role.code()));
                made.insert(list.path);
            }
        }
        assert_eq!(made, lists().iter().map(|list| list.path).collect(), "every list was tried");
    }

    async fn a_spreadsheet_holds_what_the_pages_show_and_nothing_else(world: World) {
        for n in 0..58 {
            institution(&world, &format!("演示{n:02}=SUM(A1:A{n})医院"), "440402").await;
        }
        for name in ["=HYPERLINK(\"http://x\",\"演示\")", "+演示", "-演示", "@演示"] {
            institution(&world, name, "440403").await;
        }
        let city = signed_in(&world, "dengji", Role::Registrar).await;
        for (fields, address) in [
            (vec![], "/desk/institutions".to_owned()),
            (vec![("q", "演示1")], format!("/desk/institutions?q={}", percent("演示1"))),
            (vec![("sort", "newest")], "/desk/institutions?sort=newest".to_owned()),
        ] {
            let pages = shown(&world, &city, &address, "/desk/institutions").await;
            let rows = sheet(&send(&world, post("/desk/institutions/excel", Some(&city), &fields)).await);
            let names = column(&rows, "机构名称");
            assert_eq!(names, pages.iter().map(|name| plain(name)).collect::<Vec<_>>(), "{address}");
            assert!(!names.is_empty() && rows[TOP + 1..].iter().all(|row| row.len() == rows[TOP].len()));
        }
        let rows = sheet(&send(&world, post("/desk/institutions/excel", Some(&city), &[])).await);
        assert_eq!(rows.len(), TOP + 1 + 62);
        assert_eq!(rows[TOP][..2], ["机构名称", "地址"].map(|heading| Data::String(heading.into())));
        assert!(column(&rows, "编制床位").iter().all(|beds| beds == "120"));
        // A district sees its own rows, on the page and in the spreadsheet.
        let mut ctx = world.ctx("登记管理员乙", &[Role::Registrar]);
        ctx.scope.divisions = vec!["440403".parse().unwrap()];
        let seen = records::count::<Institution>(&ctx, &Filter::default()).await.unwrap();
        assert_eq!(seen, 4);
        let district = crate::people::signed_in_at(&world, "douxian", Role::Registrar, "440403").await;
        let rows = sheet(&send(&world, post("/desk/institutions/excel", Some(&district), &[])).await);
        assert_eq!(rows.len(), TOP + 1 + 4);
    }

    async fn what_is_sealed_stays_sealed(world: World) {
        let place = institution(&world, "演示甲医院", "440402").await;
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let citizen: CitizenId = "11010519491231002X".parse().unwrap();
        let new = NewPractitioner {
            name: "演示医师甲".into(),
            profession: Profession::Physician,
            certificate: Some("110440000000001".into()),
            citizen: Some(citizen),
            scope: Some("内科专业".into()),
            places: vec![place.id],
            division: "440402".parse().unwrap(),
            demo: true,
        };
        let mut tx = ctx.begin().await.unwrap();
        practitioner::register_in(&mut tx, &ctx, new).await.unwrap();
        tx.commit().await.unwrap();
        let session = signed_in(&world, "dengji", Role::Registrar).await;
        let rows = sheet(&send(&world, post("/desk/practitioners/excel", Some(&session), &[])).await);
        assert_eq!(column(&rows, "主要执业机构"), ["演示甲医院"]);
        assert!(rows.iter().flatten().all(|cell| !cell.to_string().contains("11010519491231002X")));
    }

    async fn a_filter_is_kept_renamed_and_thrown_away_by_its_owner_alone(world: World) {
        let [one, two] = [signed_in(&world, "jia", Role::Registrar).await, signed_in(&world, "yi", Role::Registrar).await];
        let list = format!("/desk/institutions?q={}&sort=newest", percent("演示"));
        let page = send(&world, get(&list, Some(&one))).await;
        assert!(page.body.contains("现在只看") && page.body.contains("查找“演示”") && page.body.contains("保存为常用筛选"), "{}", page.body);
        let save = |name: &'static str| [("list", "/desk/institutions"), ("q", "演示"), ("sort", "newest"), ("name", name)];
        let bare = send(&world, post("/desk/filters/new", Some(&one), &save(" "))).await;
        assert!(bare.status == StatusCode::UNPROCESSABLE_ENTITY && bare.body.contains("没有填写名称"), "{}", bare.body);
        let kept = send(&world, post("/desk/filters/new", Some(&one), &save("新登记的"))).await;
        assert_eq!((kept.status, kept.location.as_str()), (StatusCode::SEE_OTHER, list.as_str()));
        let twice = send(&world, post("/desk/filters/new", Some(&one), &save("新登记的"))).await;
        assert!(twice.body.contains("已有同名的常用筛选"), "{}", twice.body);
        let elsewhere = send(&world, post("/desk/filters/new", Some(&one), &[("list", "//evil"), ("name", "x")])).await;
        assert_eq!(elsewhere.status, StatusCode::NOT_FOUND);
        let page = send(&world, get("/desk/institutions", Some(&one))).await;
        assert!(page.body.contains("常用筛选") && page.body.contains("新登记的"), "{}", page.body);
        let other = send(&world, get("/desk/practitioners", Some(&one))).await;
        assert!(!other.body.contains("新登记的"), "it belongs to its list");
        let theirs = send(&world, get("/desk/institutions", Some(&two))).await;
        assert!(!theirs.body.contains("新登记的"), "it belongs to its owner");
        let file = page.body.split_once("href=\"/desk/filters/").unwrap().1.split_once('"').unwrap().0;
        let file = format!("/desk/filters/{file}");
        assert_eq!(send(&world, get(&file, Some(&one))).await.status, StatusCode::OK);
        for action in ["rename", "remove"] {
            let foreign = send(&world, post(&format!("{file}/{action}"), Some(&two), &[("version", "1"), ("name", "x")])).await;
            assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(send(&world, get(&file, Some(&two))).await.status, StatusCode::NOT_FOUND);
        let renamed = send(&world, post(&format!("{file}/rename"), Some(&one), &[("version", "1"), ("name", "本周新登记")])).await;
        assert_eq!(renamed.status, StatusCode::SEE_OTHER, "{}", renamed.body);
        assert!(send(&world, get("/desk/institutions", Some(&one))).await.body.contains("本周新登记"));
        let gone = send(&world, post(&format!("{file}/remove"), Some(&one), &[("version", "2")])).await;
        assert_eq!(gone.status, StatusCode::SEE_OTHER);
        assert!(!send(&world, get("/desk/institutions", Some(&one))).await.body.contains("本周新登记"));
    }

    async fn indexes_of_what_is_open_know_the_last_states(world: World) {
        let ended = |table: Table| ENDED.iter().find(|(other, _)| *other == table).map(|(_, states)| *states);
        for (table, states) in [
            (Complaint::TABLE, Complaint::FINAL),
            (Signal::TABLE, Signal::FINAL),
            (Task::TABLE, Task::FINAL),
            (Finding::TABLE, Finding::FINAL),
            (Case::TABLE, Case::FINAL),
            (Demerit::TABLE, Demerit::FINAL),
            (Linkage::TABLE, Linkage::FINAL),
            (Publication::TABLE, Publication::FINAL),
        ] {
            assert_eq!(ended(table), Some(states), "{table}: a further step of the schema makes {table}_open and {table}_own anew");
        }
        assert_eq!(ENDED.len(), 8);
        drop(world);
    }

    async fn no_list_reads_its_whole_table(world: World) {
        let mut statements = statements(&world).await;
        fill(&world, &statements).await;
        let own = own(&world).await;
        assert_eq!(own.len(), ENDED.len());
        statements.extend(own);
        for (path, sql, values) in statements {
            let plan = explain(&world.app.db, &sql, values).await.unwrap();
            let told = plan.join("\n");
            let whole = match world.app.db.kind() {
                "postgres" => plan.iter().any(|line| line.contains("Seq Scan")),
                _ => plan.iter().any(|line| line.starts_with("SCAN ") && !line.contains("USING") && !line.contains("counted")),
            };
            assert!(!whole, "{path}\n{sql}\n{told}");
            // What is done already is not read where only what is open is asked for.
            let is_matter = |(table, _): &(Table, &[&str])| sql.contains(&format!(" from {table} "));
            let narrowed = ["owner =", "subject =", "state in", "due <=", "created_at >=", "order by sort_key", "order by id"];
            if world.app.db.kind() == "sqlite"
                && sql.contains("state not in")
                && ENDED.iter().any(is_matter)
                && !narrowed.iter().any(|narrowed| sql.contains(narrowed))
            {
                assert!(told.contains("_open"), "{path}\n{sql}\n{told}");
            }
            // What of one person is open is read in its order, however much that person has done.
            let is_own = ENDED.iter().any(is_matter)
                && ["owner =", "state not in", "order by coalesce"].iter().all(|part| sql.contains(part));
            if world.app.db.kind() == "sqlite" && is_own {
                assert!(told.contains("_own"), "{path}\n{sql}\n{told}");
            }
            // What belongs to one person or one institution, is late, or came in one month, is little.
            let little = !is_own && ["owner =", "subject =", "due <=", "created_at >="].iter().any(|narrowed| sql.contains(narrowed));
            if sql.contains("order by") && !little {
                assert!(!told.contains("TEMP B-TREE"), "{path}\n{sql}\n{told}");
            }
        }
    }
}

/// A statement of a list: whose, its text, its values.
type Statement = (String, String, Vec<xingjian_store::Value>);

/// What the database is asked for each list, in each of its orders and with each of its chips, and for 今日, 统计, 分拣 and 医保筛查.
async fn statements(world: &World) -> Vec<Statement> {
    let mut all = vec![];
    for role in Role::ALL {
        let session = somebody(world, *role).await;
        let beside = |route: &Route| {
            route.method == "GET"
                && ["/desk", "/desk/statistics", "/desk/messages/triage", "/desk/screening"].contains(&route.path)
        };
        let beside = routes().into_iter().filter(beside);
        for list in lists().into_iter().filter(|list| list.path.starts_with("/desk")).chain(beside) {
            if let Callers::Holding(needed) = list.callers
                && !needed.iter().any(|p| role.permissions().contains(p))
            {
                continue;
            }
            let page = send(world, get(list.path, Some(&session))).await;
            let before = format!("href=\"{}?", list.path);
            let links = page.body.split(before.as_str()).skip(1);
            let links = links.map(|link| link.split_once('"').unwrap().0.replace("&amp;", "&").replace("&#38;", "&"));
            let addresses: BTreeSet<String> = links.filter(|link| !link.contains("done=")).collect();
            *world.app.noted.lock().unwrap() = Some(vec![]);
            for query in addresses.iter().map(String::as_str).chain([
                "",
                "after=2026-01-01~019a0000-0000-7000-8000-000000000000",
                "show=all&month=2026-05",
            ]) {
                assert_eq!(
                    send(world, get(&format!("{}?{query}", list.path), Some(&session))).await.status,
                    StatusCode::OK
                );
            }
            let noted = world.app.noted.lock().unwrap().take().unwrap();
            all.extend(noted.into_iter().map(|(sql, values)| (list.path.to_owned(), sql, values)));
        }
    }
    assert!(all.len() > 100, "{} statements", all.len());
    all
}

/// What is read of somebody's own where 今日 has more than it looks at.
async fn own(world: &World) -> Vec<Statement> {
    let ctx = world.ctx("监督员甲", &[Role::Inspector]);
    let filter = Filter { open: Some(true), owner: Some(ctx.new_id()), ..Filter::default() };
    *world.app.noted.lock().unwrap() = Some(vec![]);
    records::first::<Complaint>(&ctx, &filter).await.unwrap();
    records::first::<Signal>(&ctx, &filter).await.unwrap();
    records::first::<Task>(&ctx, &filter).await.unwrap();
    records::first::<Finding>(&ctx, &filter).await.unwrap();
    records::first::<Case>(&ctx, &filter).await.unwrap();
    records::first::<Demerit>(&ctx, &filter).await.unwrap();
    records::first::<Linkage>(&ctx, &filter).await.unwrap();
    records::first::<Publication>(&ctx, &filter).await.unwrap();
    let noted = world.app.noted.lock().unwrap().take().unwrap();
    noted.into_iter().map(|(sql, values)| ("今日".to_owned(), sql, values)).collect()
}

/// Rows enough in every table that is read, of a few states and with and without a term.
async fn fill(world: &World, statements: &[Statement]) {
    let postgres = world.app.db.kind() == "postgres";
    let (numbers, body) = if postgres {
        ("select n from generate_series(1, 4000) as series (n)", "repeat('x', 1200)")
    } else {
        let numbers = "with recursive series (n) as (select 1 union all select n + 1 from series where n < 4000) select n from series";
        (numbers, "hex(zeroblob(600))")
    };
    let mut sql = vec![];
    for table in xingjian_store::TABLES {
        if !statements.iter().any(|(_, sql, _)| sql.contains(&format!(" from {table} "))) {
            continue;
        }
        sql.push(format!(
            "insert into {table} (id, version, division, department, origin, shared, sensitivity, subject, state, owner, due, \
             title, search, sort_key, body, created_at, changed_at) \
             select 'x' || n, 1, '44040' || (n % 3 + 2), 'health', 'health', '', n % 3 + 1, null, 'state' || (n % 7), 'o' || n, \
             case when n % 4 = 0 then '2026-01-0' || (n % 9 + 1) end, 't' || n, 's' || n, 'k' || n, {body}, n, n \
             from ({numbers}) as many"
        ));
    }
    // SQLite decides without statistics: nobody gathers them there.
    if postgres {
        sql.push("vacuum analyze".into());
    }
    xingjian_store::run(&world.app.db, &sql).await.unwrap();
}

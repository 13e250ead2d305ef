//! Which pages there are, found by following links as everybody; enough of them that each route, each form and each kind of
//! thing on a page is among them.

use crate::app::StoryApp;
use crate::plain::Plain;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use xingjian_cli::demo::PEOPLE;
use xingjian_web::{Callers, routes};

/// Addresses of one route that are followed as one person.
const FOLLOWED: usize = 4;

/// Pages that no link leads to: what is said where there is nothing, and where somebody may not go.
const UNLINKED: &[(Option<&str>, &str)] = &[(None, "/nowhere"), (Some("gongkai"), "/desk/accounts")];

/// Routes that no link leads to here, and why nobody has to look.
const NO_PAGE: &[(&str, &str)] = &[
    ("/institutions/names", "names for a field"),
    ("/sign-in/oidc", "needs an identity platform: looked at in the story of one"),
    ("/sign-in/oidc/return", "needs an identity platform: looked at in the story of one"),
    ("/desk/cases/{id}/print/{kind}", "drawn like a kept paper, while a decision waits for its service"),
    ("/public/check/script", "a script"),
    ("/log/checkpoint", "a file"),
    ("/log/checkpoint/newest", "a file"),
    ("/log/policy", "a file"),
    ("/log/proof/{id}", "a file"),
    ("/log/tile/{*path}", "a file"),
    ("/draws/{name}/proof/{row}", "a file"),
    ("/inspection/plans/{id}/proof", "a file"),
    ("/published/{id}/proof", "a file"),
];

/// A page as somebody sees it.
pub struct Page {
    /// Who; nobody where it is a visitor.
    pub login: Option<&'static str>,
    /// Its address.
    pub path: String,
}

/// What following links found.
#[derive(Default)]
pub struct Found {
    /// The pages to look at, person by person.
    pub pages: Vec<Page>,
    /// Routes that answered, with a page or with a file.
    answered: BTreeSet<&'static str>,
}

impl Found {
    /// Routes that did not.
    pub fn missing(&self) -> Vec<&'static str> {
        let wanted = routes().into_iter().filter(|route| {
            let known = NO_PAGE.iter().any(|(path, _)| *path == route.path);
            route.method == "GET" && !matches!(route.callers, Callers::System(_)) && !known
        });
        wanted.map(|route| route.path).filter(|path| !self.answered.contains(path)).collect()
    }
}

/// The route of an address: the one with the most words of its own.
fn route_of(path: &str) -> Option<&'static str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let given: Vec<&str> = path.split('/').collect();
    let fits = |route: &&str| {
        let words: Vec<&str> = route.split('/').collect();
        words.len() == given.len()
            && words.iter().zip(&given).all(|(word, given)| word == given || word.starts_with('{') && !given.is_empty())
    };
    let gets = routes().into_iter().filter(|route| route.method == "GET").map(|route| route.path);
    gets.filter(fits).min_by_key(|route| route.matches('{').count())
}

/// The values of an attribute of a page.
fn values(body: &str, attribute: &str) -> Vec<String> {
    let mark = format!(" {attribute}=\"");
    let found = body.split(&mark).skip(1).filter_map(|rest| rest.split('"').next());
    found.map(|value| value.replace("&#38;", "&").replace("&amp;", "&")).collect()
}

/// An address without what names one record.
fn kind(address: &str) -> String {
    let path = address.split('?').next().unwrap_or_default();
    let word = |word: &str| if word.len() == 36 { "{id}".to_owned() } else { word.to_owned() };
    path.split('/').map(word).collect::<Vec<_>>().join("/")
}

/// What is on a page: its route, its forms, its classes.
fn things(route: Option<&str>, body: &str) -> BTreeSet<String> {
    let forms = values(body, "action").into_iter().map(|action| format!("form {}", kind(&action)));
    let classes = values(body, "class");
    let classes = classes.iter().flat_map(|all| all.split_whitespace()).map(|class| format!("class {class}"));
    forms.chain(classes).chain([format!("route {}", route.unwrap_or("none"))]).collect()
}

/// Follows links as everybody.
pub fn found(app: &StoryApp) -> Found {
    let mut found = Found::default();
    let mut seen = BTreeSet::new();
    for login in PEOPLE.iter().map(|(login, ..)| Some(*login)).chain([Some("jigou"), None]) {
        let mut client = Plain::new(app.port);
        if let Some(login) = login {
            client.sign_in(login);
        }
        follow(&mut client, login, &mut seen, &mut found);
    }
    found
}

/// Follows links as one person; a page with something that nobody saw yet is one to look at.
fn follow(client: &mut Plain, login: Option<&'static str>, seen: &mut BTreeSet<String>, found: &mut Found) {
    let start = match login {
        None => "/",
        Some("jigou") => "/unit",
        Some(_) => "/desk",
    };
    let unlinked = UNLINKED.iter().filter(|(who, _)| *who == login).map(|(_, path)| (*path).to_owned());
    let mut ahead: VecDeque<String> = [start.to_owned()].into_iter().chain(unlinked).collect();
    let mut asked: BTreeSet<String> = ahead.iter().cloned().collect();
    let mut followed: BTreeMap<&str, usize> = BTreeMap::new();
    while let Some(path) = ahead.pop_front() {
        let route = route_of(&path);
        let times = followed.entry(route.unwrap_or_default()).or_default();
        *times += 1;
        if *times > FOLLOWED {
            continue;
        }
        let answer = client.get(&path);
        assert!(answer.status < 500, "{login:?} {path}: {}\n{}", answer.status, answer.body);
        found.answered.extend(route);
        if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
            continue;
        }
        for link in values(&answer.body, "href").into_iter().filter(|link| link.starts_with('/')) {
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if !link.starts_with("/assets/") && asked.insert(link.clone()) {
                ahead.push_back(link);
            }
        }
        let things = things(route, &answer.body);
        if !things.is_subset(seen) {
            seen.extend(things);
            found.pages.push(Page { login, path });
        }
    }
}

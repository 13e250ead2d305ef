//! Nodes as processes: a scheduler, executors, and the command that screens.

use crate::city::City;
use arrow_flight::Ticket;
use arrow_flight::flight_service_client::FlightServiceClient;
use datafusion::prelude::ParquetReadOptions;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use tonic::Code;
use tonic::transport::Endpoint;
use xingjian_cluster::session;
use xingjian_cluster::token::Token;
use xingjian_screen::catalogue;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A node that ends with the test.
struct Node {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Node {
    fn start(arguments: &[&str], token: &Path) -> Self {
        let mut child = program(arguments).arg("--token-file").arg(token).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// Waits for a line that begins so; the rest of it.
    fn says(&mut self, begin: &str) -> String {
        for line in self.lines.by_ref() {
            if let Some(rest) = line.unwrap().strip_prefix(begin) {
                return rest.trim().to_owned();
            }
        }
        panic!("the node ended without saying {begin}")
    }

    fn scheduler(city: &City) -> (Self, String) {
        let mut node = Self::start(&["scheduler", "--listen", "127.0.0.1:0"], &city.token());
        let address = node.says("调度节点监听");
        (node, address)
    }

    fn executor(city: &City, scheduler: &str, rules: &str) -> Self {
        Self::executor_at(city, scheduler, rules).0
    }

    /// The same, with the address where its results are fetched.
    fn executor_at(city: &City, scheduler: &str, rules: &str) -> (Self, String) {
        let mut arguments = vec!["executor", "--scheduler", scheduler, "--threads", "1"];
        let files = city.files(rules);
        arguments.extend(files.iter().map(String::as_str));
        let mut node = Self::start(&arguments, &city.token());
        let address = node.says("执行节点监听");
        node.says("已连接调度节点");
        (node, address)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian-cluster"));
    command.args(arguments).stdin(Stdio::null());
    command
}

impl City {
    fn token(&self) -> std::path::PathBuf {
        let path = self.path("token");
        if !path.exists() {
            std::fs::write(&path, SECRET).unwrap();
        }
        path
    }

    /// The options for these rules and the files beside them.
    fn files(&self, rules: &str) -> Vec<String> {
        let files = [("--rules", rules), ("--ages", "ages.json"), ("--registrations", "registrations.csv")];
        files.iter().flat_map(|(option, name)| [(*option).to_owned(), self.path(name).display().to_string()]).collect()
    }

    fn screen(&self, rules: &str, place: &[&str]) -> Command {
        self.screen_with(&self.token(), rules, place)
    }

    fn screen_with(&self, token: &Path, rules: &str, place: &[&str]) -> Command {
        let mut command = program(&["screen", "--threads", "2"]);
        command.arg("--store").arg(self.path("store")).args(self.files(rules)).args(place);
        command.arg("--token-file").arg(token).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

#[track_caller]
fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn failed(output: &Output, reason: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && told.contains(reason), "{told}");
}

#[test]
fn the_command_keeps_the_same_run_alone_and_with_nodes_in_one_process() {
    let city = City::new(8);
    let (run, _) = city.expected();
    for place in ["--local", "--standalone"] {
        succeeded(&city.screen("rules.jsonl", &[place]).output().unwrap());
        city.same(&run, &city.path("runs"));
        std::fs::remove_dir_all(city.path("runs")).unwrap();
    }
}

#[test]
fn a_killed_executor_loses_nothing() {
    let city = City::new(64);
    let (run, _) = city.expected();
    let (_scheduler, address) = Node::scheduler(&city);
    let mut first = Node::executor(&city, &address, "rules.jsonl");
    let mut second = Node::executor(&city, &address, "rules.jsonl");
    let screening = city.screen("rules.jsonl", &["--scheduler", &address]).spawn().unwrap();
    second.says("任务");
    // The second task is given out when the first is reported: what is lost is both a result and work.
    first.says("任务");
    first.says("任务");
    first.child.kill().unwrap();
    succeeded(&screening.wait_with_output().unwrap());
    city.same(&run, &city.path("runs"));
}

#[test]
fn a_node_with_other_rules_ages_or_registrations_or_another_secret_is_refused() {
    let city = City::new(2);
    let (_scheduler, address) = Node::scheduler(&city);
    let mut rules = city.rules.clone();
    rules.pop();
    catalogue::write(&city.path("other.jsonl"), &rules).unwrap();
    let _executor = Node::executor(&city, &address, "other.jsonl");
    failed(&city.screen("rules.jsonl", &["--scheduler", &address]).output().unwrap(), "规则目录不同");
    for left_out in ["--ages", "--registrations"] {
        let mut files = city.files("rules.jsonl");
        let at = files.iter().position(|option| option == left_out).unwrap();
        files.drain(at..at + 2);
        let mut client = program(&["screen", "--scheduler", &address, "--store", city.path("store").to_str().unwrap()]);
        client.args(files).arg("--token-file").arg(city.token());
        failed(&client.output().unwrap(), "规则目录不同");
    }
    assert!(!city.path("runs").exists());

    let other = city.path("other-token");
    std::fs::write(&other, SECRET.replace('0', "1")).unwrap();
    let mut client = city.screen_with(&other, "rules.jsonl", &["--scheduler", &address]);
    failed(&client.output().unwrap(), "集群口令不符");
    let rules = city.path("rules.jsonl");
    let mut executor = program(&["executor", "--scheduler", &address, "--rules", rules.to_str().unwrap()]);
    failed(&executor.arg("--token-file").arg(&other).output().unwrap(), "集群口令不符");
}

#[tokio::test]
async fn executors_do_nothing_but_screen() {
    let city = City::new(1);
    let (_scheduler, address) = Node::scheduler(&city);
    let _executor = Node::executor(&city, &address, "rules.jsonl");
    let context = session::remote(address.parse().unwrap(), &Token::new(SECRET).unwrap(), 1).unwrap();
    let path = city.path("store").join(&city.store.manifest.months[&city.months[0]].buckets[0].patients.path);
    let table = context.read_parquet(path.to_str().unwrap(), ParquetReadOptions::default()).await.unwrap();
    let refused = table.collect().await.unwrap_err().to_string();
    assert!(refused.contains("本集群只做筛查"), "{refused}");
}

#[tokio::test]
async fn an_executor_gives_nothing_to_whoever_lacks_the_secret() {
    let city = City::new(1);
    let (_scheduler, address) = Node::scheduler(&city);
    let (_executor, address) = Node::executor_at(&city, &address, "rules.jsonl");
    let asked = async |name: String| {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap().user_agent(name).unwrap();
        let mut client = FlightServiceClient::new(endpoint.connect().await.unwrap());
        let ticket = Ticket { ticket: "results".into() };
        client.do_get(ticket).await.unwrap_err().code()
    };
    for name in ["curl/8".to_owned(), format!("xingjian-cluster/{}", SECRET.replace('0', "1"))] {
        assert_eq!(asked(name).await, Code::Unauthenticated);
    }
    // With it the question arrives, and is no question.
    assert_ne!(asked(format!("xingjian-cluster/{SECRET}")).await, Code::Unauthenticated);
}

#[test]
fn an_executor_that_is_told_to_stop_leaves_nothing_behind() {
    let city = City::new(2);
    let (_scheduler, address) = Node::scheduler(&city);
    let (work, files) = (city.path("work"), city.files("rules.jsonl"));
    std::fs::create_dir(&work).unwrap();
    let mut arguments = vec!["executor", "--scheduler", &address, "--work", work.to_str().unwrap()];
    arguments.extend(files.iter().map(String::as_str));
    let mut node = Node::start(&arguments, &city.token());
    node.says("已连接调度节点");
    succeeded(&city.screen("rules.jsonl", &["--scheduler", &address]).output().unwrap());
    let files = || std::fs::read_dir(&work).unwrap().count();
    assert_eq!(files(), 1);
    let process = node.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    assert!(node.child.wait().unwrap().success());
    assert_eq!(files(), 0);
}

#[test]
fn nodes_stay_in_private_networks() {
    let city = City::new(1);
    for address in ["0.0.0.0:0", "8.8.8.8:50050"] {
        let mut scheduler = program(&["scheduler", "--listen", address]);
        failed(&scheduler.arg("--token-file").arg(city.token()).output().unwrap(), "不是本机或专用网络的地址");
        failed(&city.screen("rules.jsonl", &["--scheduler", address]).output().unwrap(), "不是本机或专用网络的地址");
    }
}

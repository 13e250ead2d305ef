//! Damages a copy of the packs at places chosen by a seeded die, and knows what should be said about it.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use xingjian_policy::FaultKind;

/// A die that falls the same way for the same seed.
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// One of these; `None` where other damages have left nothing to choose from.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let fall = usize::try_from(self.0.next_u32()).unwrap();
        from.get(fall.checked_rem(from.len())?).copied()
    }
}

/// A block of a file: one `[[table]]` entry, by its lines.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    file: usize,
    start: usize,
    end: usize,
}

/// The packs as lines of text. A line on which a fault is expected ends in a mark, `#@3`.
pub struct Packs {
    names: Vec<String>,
    files: Vec<Vec<String>>,
    /// What is expected, by mark.
    pub expected: Vec<FaultKind>,
    /// Files that get a byte which is not UTF-8 at this mark.
    bytes: Vec<usize>,
}

impl Packs {
    pub fn read(root: &Path) -> Self {
        let (mut names, mut files) = (vec![], vec![]);
        for pack in ["national", "zhuhai"] {
            let folder = std::fs::read_dir(root.join(pack)).unwrap();
            // Folders within a pack, such as the rules of claims, are read by others.
            let files_only = folder.map(Result::unwrap).filter(|entry| entry.path().is_file());
            let mut found: Vec<_> = files_only.map(|file| file.file_name().into_string().unwrap()).collect();
            found.sort();
            for file in found {
                let text = std::fs::read_to_string(root.join(pack).join(&file)).unwrap();
                names.push(format!("{pack}/{file}"));
                files.push(text.lines().map(str::to_owned).collect());
            }
        }
        Self { names, files, expected: vec![], bytes: vec![] }
    }

    /// Writes the damaged packs and says where which fault is expected.
    pub fn write(&self, root: &Path) -> Vec<(FaultKind, String, usize)> {
        let mut places = BTreeMap::new();
        for (name, lines) in self.names.iter().zip(&self.files) {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let mut bytes = vec![];
            for (at, line) in lines.iter().enumerate() {
                let mark = line.rsplit_once("#@").map(|(_, mark)| mark.parse::<usize>().unwrap());
                if let Some(mark) = mark {
                    places.insert(mark, (name.clone(), at + 1));
                }
                bytes.extend_from_slice(line.as_bytes());
                if mark.is_some_and(|mark| self.bytes.contains(&mark)) {
                    bytes.push(0xff);
                }
                bytes.push(b'\n');
            }
            std::fs::write(path, bytes).unwrap();
        }
        let find = |(mark, kind): (usize, &FaultKind)| {
            // What is missing altogether stands on no line of any file.
            let (file, line) = places.get(&mark).cloned().unwrap_or(("national".to_owned(), 0));
            (*kind, file, line)
        };
        self.expected.iter().enumerate().map(find).collect()
    }

    /// The blocks of these tables that carry no mark yet.
    fn blocks(&self, tables: &[&str]) -> Vec<Block> {
        let mut blocks = vec![];
        for (file, lines) in self.files.iter().enumerate() {
            let starts: Vec<_> = (0..lines.len()).filter(|at| lines[*at].starts_with("[[")).collect();
            for (nth, start) in starts.iter().enumerate() {
                let end = starts.get(nth + 1).copied().unwrap_or(lines.len());
                let table = lines[*start].trim_start_matches('[').split(']').next().unwrap_or_default();
                let marked = lines[*start..end].iter().any(|line| line.contains("#@"));
                if tables.contains(&table) && !marked {
                    blocks.push(Block { file, start: *start, end });
                }
            }
        }
        blocks
    }

    fn text(&self, block: Block) -> &[String] {
        &self.files[block.file][block.start..block.end]
    }

    /// Lines of these tables that begin with the text and hold the other.
    fn lines(&self, tables: &[&str], begins: &str, holds: &str) -> Vec<(usize, usize)> {
        let mut found = vec![];
        for block in self.blocks(tables) {
            for (at, line) in self.text(block).iter().enumerate() {
                if line.starts_with(begins) && line.contains(holds) {
                    found.push((block.file, block.start + at));
                }
            }
        }
        found
    }

    fn mark(&mut self, kind: FaultKind) -> String {
        self.expected.push(kind);
        format!(" #@{}", self.expected.len() - 1)
    }

    /// Replaces text in one line and expects the fault there.
    pub fn replace(&mut self, dice: &mut Dice, kind: FaultKind, tables: &[&str], begins: &str, old: &str, new: &str) {
        let Some((file, line)) = dice.pick(&self.lines(tables, begins, old)) else { return };
        let mark = self.mark(kind);
        let text = &mut self.files[file][line];
        *text = text.replacen(old, new, 1) + &mark;
    }

    /// Replaces one whole line and expects the fault there.
    pub fn rewrite(&mut self, dice: &mut Dice, kind: FaultKind, tables: &[&str], begins: &str, new: &str) {
        let Some((file, line)) = dice.pick(&self.lines(tables, begins, "")) else { return };
        let mark = self.mark(kind);
        self.files[file][line] = new.to_owned() + &mark;
    }

    /// Takes one line away and expects the fault at the beginning of its entry.
    pub fn remove(&mut self, dice: &mut Dice, kind: FaultKind, tables: &[&str], begins: &[&str]) {
        let Some(begins) = dice.pick(begins) else { return };
        let holding = self.blocks(tables).into_iter();
        let holding: Vec<_> =
            holding.filter(|block| self.text(*block).iter().any(|line| line.starts_with(begins))).collect();
        let Some(block) = dice.pick(&holding) else { return };
        let at = self.text(block).iter().position(|line| line.starts_with(begins)).unwrap();
        let mark = self.mark(kind);
        self.files[block.file].remove(block.start + at);
        self.files[block.file][block.start].push_str(&mark);
    }

    /// Adds a line below the id of an entry and expects the fault there.
    pub fn insert(&mut self, dice: &mut Dice, kind: FaultKind, tables: &[&str], new: &str) {
        let blocks = self.blocks(tables);
        let without = |name: &str| {
            let name = name.to_owned();
            move |line: &String| !line.starts_with(&name)
        };
        let name = format!("{} =", new.split(" =").next().unwrap_or_default());
        let free: Vec<_> = blocks.into_iter().filter(|block| self.text(*block).iter().all(without(&name))).collect();
        let Some(block) = dice.pick(&free) else { return };
        let mark = self.mark(kind);
        self.files[block.file].insert(block.start + 2, new.to_owned() + &mark);
    }

    /// Adds lines at the end of a file whose name holds the text; the fault is expected on the first.
    pub fn append(&mut self, dice: &mut Dice, kind: FaultKind, holds: &str, lines: &[&str]) {
        let files: Vec<_> = (0..self.names.len()).filter(|file| self.names[*file].contains(holds)).collect();
        let Some(file) = dice.pick(&files) else { return };
        let mark = self.mark(kind);
        self.files[file].push(String::new());
        self.files[file].extend(lines.iter().map(|line| (*line).to_owned()));
        let first = self.files[file].len() - lines.len();
        self.files[file][first].push_str(&mark);
    }

    /// Copies an entry without a last day to the end of its file; the fault is expected on its line that begins so.
    pub fn copy(&mut self, dice: &mut Dice, kind: FaultKind, tables: &[&str], line: &str, new: Option<&str>) {
        let blocks = self.blocks(tables).into_iter();
        let open = |block: &Block| !self.text(*block).iter().any(|line| line.starts_with("until"));
        let Some(block) = dice.pick(&blocks.filter(open).collect::<Vec<_>>()) else { return };
        let mut lines = self.text(block).to_vec();
        let mark = self.mark(kind);
        let at = lines.iter().position(|text| text.starts_with(line)).unwrap();
        lines[at] = new.unwrap_or(&lines[at]).to_owned() + &mark;
        self.files[block.file].push(String::new());
        self.files[block.file].extend(lines);
        // One damage an entry: the original counts as used.
        self.files[block.file][block.start].push_str(" # copied");
    }

    /// Takes the entry with this id away; the fault is expected on no line, or on the line that begins so.
    pub fn drop_entry(&mut self, kind: FaultKind, id: &str, shows_at: Option<&str>) {
        let all = xingjian_policy::TABLES.iter().map(|(table, _)| *table).collect::<Vec<_>>();
        let id = format!("id = \"{id}\"");
        let block = self.blocks(&all).into_iter().find(|block| self.text(*block).contains(&id)).unwrap();
        let mark = self.mark(kind);
        self.files[block.file].drain(block.start..block.end);
        if let Some(text) = shows_at {
            let line = self.files.iter_mut().flatten().find(|line| line.contains(text)).unwrap();
            line.push_str(&mark);
        }
    }

    /// Puts a byte that is not UTF-8 into a file that has no mark yet.
    pub fn spoil(&mut self, dice: &mut Dice) {
        let Some((file, line)) = self.any_text(dice) else { return };
        let mark = self.mark(FaultKind::NotUtf8);
        self.files[file][line].push_str(&mark);
        self.bytes.push(self.expected.len() - 1);
    }

    /// Breaks the syntax of a line in a file that has no mark yet.
    pub fn break_syntax(&mut self, dice: &mut Dice) {
        let Some((file, line)) = self.any_text(dice) else { return };
        let mark = self.mark(FaultKind::Syntax);
        let text = self.files[file][line].clone();
        let broken = match dice.pick(&[0, 1, 2]) {
            Some(0) => text.replacen(" = ", " ", 1),
            Some(1) => text.replacen(" = \"", " = ", 1),
            _ => text + " x",
        };
        self.files[file][line] = broken + &mark;
    }

    fn any_text(&self, dice: &mut Dice) -> Option<(usize, usize)> {
        let clean = |file: &usize| !self.files[*file].iter().any(|line| line.contains("#@"));
        let files: Vec<_> = (0..self.files.len()).filter(clean).collect();
        let file = dice.pick(&files)?;
        let texts: Vec<_> = // A line of its own: one within a list breaks the line after it as well.
            (0..self.files[file].len())
                .filter(|line| self.files[file][*line].contains(" = \"") && !self.files[file][*line].starts_with(' '))
                .collect();
        Some((file, dice.pick(&texts)?))
    }
}

/// A folder for the packs of one test, beside reference data that is quick to read.
pub fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("policy").join(name);
    let _ = std::fs::remove_dir_all(&path);
    for part in ["policy", "refdata"] {
        std::fs::create_dir_all(path.join(part)).unwrap();
    }
    let divisions =
        "code\tname\tfrom\tuntil\n4404\t珠海市\t\t\n440402\t香洲区\t\t\n440403\t斗门区\t\t\n440404\t金湾区\t\t\n";
    std::fs::write(path.join("refdata/divisions.tsv"), divisions).unwrap();
    std::fs::write(path.join("refdata/calendar.tsv"), "date\tkind\tname\n2026-01-01\toff\t元旦\n").unwrap();
    path.join("policy")
}

//! Codes in place of names: each list gives a name the next number, for ever.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// One list of names, numbered from 0.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    names: Vec<String>,
    codes: HashMap<String, i32>,
}

impl Dictionary {
    /// The names in order of their codes.
    pub fn from_names(names: Vec<String>) -> Self {
        let codes = names.iter().enumerate().map(|(code, name)| (name.clone(), as_code(code))).collect();
        Self { names, codes }
    }

    /// The code of a name, given now if it has none yet.
    pub fn code(&mut self, name: &str) -> i32 {
        if let Some(code) = self.codes.get(name) {
            return *code;
        }
        let code = as_code(self.names.len());
        self.names.push(name.to_owned());
        self.codes.insert(name.to_owned(), code);
        code
    }

    /// The code of a name that has one.
    pub fn find(&self, name: &str) -> Option<i32> {
        self.codes.get(name).copied()
    }

    /// The name of a code.
    pub fn name(&self, code: i32) -> Option<&str> {
        usize::try_from(code).ok().and_then(|at| self.names.get(at)).map(String::as_str)
    }

    /// All names in order of their codes.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many names.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }
}

fn as_code(at: usize) -> i32 {
    i32::try_from(at).expect("no list of a country reaches two thousand million names")
}

/// Which list a code belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListName {
    /// 医保目录编码 of drugs, services and consumables.
    Items,
    /// 定点医药机构.
    Institutions,
    /// 医师.
    Doctors,
    /// 科室.
    Departments,
    /// 疾病诊断编码.
    Diagnoses,
    /// 手术操作编码.
    Operations,
    /// 医疗类别、险种、医院等级、就医地区划: short codes, together.
    Values,
}

impl ListName {
    /// Every list.
    pub const ALL: [Self; 7] = [
        Self::Items,
        Self::Institutions,
        Self::Doctors,
        Self::Departments,
        Self::Diagnoses,
        Self::Operations,
        Self::Values,
    ];

    /// The name in file names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Items => "items",
            Self::Institutions => "institutions",
            Self::Doctors => "doctors",
            Self::Departments => "departments",
            Self::Diagnoses => "diagnoses",
            Self::Operations => "operations",
            Self::Values => "values",
        }
    }
}

/// All lists of a store.
#[derive(Clone, Debug, Default)]
pub struct Dictionaries {
    lists: [Dictionary; 7],
}

impl Dictionaries {
    /// One list.
    pub fn list(&self, name: ListName) -> &Dictionary {
        &self.lists[name as usize]
    }

    /// One list, to add to.
    pub fn list_mut(&mut self, name: ListName) -> &mut Dictionary {
        &mut self.lists[name as usize]
    }
}

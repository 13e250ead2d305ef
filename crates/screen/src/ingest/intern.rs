//! Names become numbers as they are read. The numbers of a delivery are provisional; when all is read, the new names are
//! sorted, so that codes do not depend on the order of rows or on threads.

use super::coding::Coding;
use super::hash::Quick;
use crate::claims::Dictionaries;
use crate::claims::dictionary::ListName;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Mutex;

/// The names of a delivery, in the order they were met.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Names {
    lists: [Vec<String>; 7],
}

/// Names shared by the threads that read.
pub(super) struct SharedNames {
    lists: [Mutex<List>; 7],
}

#[derive(Default)]
struct List {
    names: Vec<String>,
    codes: HashMap<String, u32, Quick>,
}

impl SharedNames {
    pub(super) fn new(names: Names) -> Self {
        let list = |names: Vec<String>| {
            let codes = names.iter().zip(0..).map(|(name, code)| (name.clone(), code)).collect();
            Mutex::new(List { names, codes })
        };
        Self { lists: names.lists.map(list) }
    }

    pub(super) fn names(&self) -> Names {
        let copy = |at: usize| self.lists[at].lock().expect("no thread panics holding it").names.clone();
        Names { lists: std::array::from_fn(copy) }
    }

    fn code(&self, list: ListName, name: &str) -> u32 {
        let mut list = self.lists[list as usize].lock().expect("no thread panics holding it");
        if let Some(code) = list.codes.get(name) {
            return *code;
        }
        let code = u32::try_from(list.names.len()).expect("no list of a country has so many names");
        list.names.push(name.to_owned());
        list.codes.insert(name.to_owned(), code);
        code
    }
}

/// What one thread remembers of the names, by their bytes in the file.
pub(super) struct Interner<'a> {
    shared: &'a SharedNames,
    coding: Coding,
    known: [HashMap<Vec<u8>, u32, Quick>; 7],
}

/// Entries beyond which a thread forgets and asks again, so that memory stays bounded whatever stands in a column.
const REMEMBERED: usize = 1 << 18;

impl<'a> Interner<'a> {
    pub(super) fn new(shared: &'a SharedNames, coding: Coding) -> Self {
        Self { shared, coding, known: std::array::from_fn(|_| HashMap::default()) }
    }

    /// From here on names are in this coding.
    pub(super) fn set_coding(&mut self, coding: Coding) {
        if self.coding != coding {
            self.coding = coding;
            self.known.iter_mut().for_each(HashMap::clear);
        }
    }

    /// The number of a name; else the place of the byte that cannot be decoded.
    pub(super) fn code(&mut self, list: ListName, bytes: &[u8]) -> Result<u32, usize> {
        let known = &mut self.known[list as usize];
        if let Some(code) = known.get(bytes) {
            return Ok(*code);
        }
        let code = self.shared.code(list, &self.coding.decode(bytes)?);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(bytes.to_vec(), code);
        Ok(code)
    }
}

/// From provisional numbers to the codes of the store.
#[derive(Clone, Debug, Default)]
pub(super) struct Codes {
    lists: [Vec<i32>; 7],
}

impl Codes {
    /// Gives every new name a code behind those of the store, in the order of the names.
    pub(super) fn settle(names: &Names, dictionaries: &mut Dictionaries) -> Self {
        let settled = ListName::ALL.map(|list| {
            let names = &names.lists[list as usize];
            let dictionary = dictionaries.list_mut(list);
            let mut fresh: Vec<&String> = names.iter().filter(|name| dictionary.find(name).is_none()).collect();
            fresh.sort_unstable();
            for name in fresh {
                dictionary.code(name);
            }
            names.iter().map(|name| dictionary.code(name)).collect()
        });
        Self { lists: settled }
    }

    /// The code of a provisional number; none for a number that was never given.
    pub(super) fn of(&self, list: ListName, number: u32) -> Option<i32> {
        self.lists[list as usize].get(number as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(names: &[&str], dictionaries: &mut Dictionaries) -> Vec<i32> {
        let shared = SharedNames::new(Names::default());
        let mut interner = Interner::new(&shared, Coding::Utf8);
        let given: Vec<u32> =
            names.iter().map(|name| interner.code(ListName::Items, name.as_bytes()).unwrap()).collect();
        let settled = Codes::settle(&shared.names(), dictionaries);
        given.iter().map(|number| settled.of(ListName::Items, *number).unwrap()).collect()
    }

    #[test]
    fn codes_do_not_depend_on_the_order_of_rows() {
        let (mut one, mut other) = (Dictionaries::default(), Dictionaries::default());
        assert_eq!(codes(&["c", "a", "b", "a"], &mut one), [2, 0, 1, 0]);
        assert_eq!(codes(&["b", "a", "c"], &mut other), [1, 0, 2]);
        assert_eq!(one.list(ListName::Items).names(), other.list(ListName::Items).names());
        // Codes that were given stay.
        assert_eq!(codes(&["0", "c"], &mut one), [3, 2]);
    }

    #[test]
    fn a_name_in_two_codings_is_one_name() {
        let shared = SharedNames::new(Names::default());
        let gb = encoding_rs::GB18030.encode("内科").0;
        let one = Interner::new(&shared, Coding::Gb18030).code(ListName::Departments, &gb).unwrap();
        let two = Interner::new(&shared, Coding::Utf8).code(ListName::Departments, "内科".as_bytes()).unwrap();
        assert_eq!(one, two);
        assert_eq!(Interner::new(&shared, Coding::Utf8).code(ListName::Departments, &gb), Err(0));
        let again = SharedNames::new(shared.names());
        assert_eq!(again.code(ListName::Departments, "内科"), one);
    }
}

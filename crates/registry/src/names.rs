use pinyin::ToPinyin;

/// Sort key of a Chinese name: its pinyin, then the name itself.
pub fn sort_key(name: &str) -> String {
    let mut key = String::new();
    for (character, pinyin) in name.chars().zip(name.to_pinyin()) {
        match pinyin {
            Some(pinyin) => {
                key.push_str(pinyin.with_tone_num_end());
                key.push(' ');
            }
            None => key.extend(character.to_lowercase()),
        }
    }
    key.push('|');
    key.push_str(name);
    key
}

/// A name for comparing: full-width forms and brackets made plain, blanks and final dots gone.
pub fn normal(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            _ => c,
        })
        .collect::<String>()
        .trim_end_matches(['.', '。'])
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_pinyin() {
        let mut names = ["珠海", "安康", "北京", "A院"];
        names.sort_by_key(|n| sort_key(n));
        assert_eq!(names, ["安康", "A院", "北京", "珠海"]);
    }

    #[test]
    fn brackets_and_blanks_do_not_make_another_name() {
        assert_eq!(normal("甲医院（东区） "), normal("甲医院(东区)"));
        assert_ne!(normal("甲医院"), normal("乙医院"));
    }
}

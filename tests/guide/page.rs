//! The guide's page, taken apart: sections with their text and their examples.

/// What stands under one heading.
#[derive(Default)]
pub(crate) struct Section {
    pub(crate) heading: String,
    /// Prose and tables.
    pub(crate) text: String,
    pub(crate) blocks: Vec<Block>,
}

/// What stands between two fences.
#[derive(Default)]
pub(crate) struct Block {
    /// What follows the opening fence: nothing for an example.
    pub(crate) info: String,
    pub(crate) lines: String,
}

impl Block {
    /// The code as it is compiled, for a block that is: rustdoc hides the lines that begin with `#
    /// `.
    pub(crate) fn code(&self) -> Option<String> {
        let is_run = matches!(self.info.as_str(), "" | "should_panic");
        let line = |line: &str| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n";
        is_run.then(|| self.lines.lines().map(line).collect())
    }
}

impl Section {
    /// The fragment of the heading's address.
    pub(crate) fn anchor(&self) -> String {
        self.heading.to_lowercase().replace(' ', "-")
    }
}

pub(crate) fn sections(page: &str) -> Vec<Section> {
    let mut sections = vec![Section::default()];
    let mut block: Option<Block> = None;
    for line in page.lines() {
        let section = sections.last_mut().expect("there is one from the start");
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(info)) => block = Some(Block { info: info.to_owned(), ..Block::default() }),
            (Some(_), Some(_)) => section.blocks.extend(block.take()),
            (Some(block), None) => block.lines += &(line.to_owned() + "\n"),
            (None, None) => match line.trim_start_matches('#').strip_prefix(' ') {
                Some(heading) if line.starts_with('#') => {
                    sections.push(Section { heading: heading.to_owned(), ..Section::default() });
                }
                _ => section.text += &(line.to_owned() + "\n"),
            },
        }
    }
    sections
}

//! Reading a page as a person does: by its words, not by its markup.

use crate::person::Answer;

impl Answer {
    /// The words of every element of a kind.
    pub(crate) fn texts(&self, tag: &str) -> Vec<String> {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        self.body
            .split(&open)
            .skip(1)
            // `<a` also begins an `<article`.
            .filter(|rest| rest.starts_with([' ', '>']))
            .filter_map(|rest| rest.split_once('>'))
            .map(|(_, rest)| plain(rest.split(&close).next().unwrap_or_default()))
            .collect()
    }

    /// The page's title.
    pub(crate) fn title(&self) -> String {
        self.texts("title").concat()
    }

    /// Everything that is to be read on the page.
    pub(crate) fn words(&self) -> String {
        let mut visible = String::new();
        for (place, part) in self.body.split("<script").enumerate() {
            let part = if place == 0 { part } else { part.split_once("</script>").map_or("", |(_, rest)| rest) };
            visible.push_str(part);
        }
        plain(&visible)
    }

    /// The words of the status of an order or a ticket, on its page.
    #[track_caller]
    pub(crate) fn status_words(&self) -> String {
        self.assert_status(200).of_class("status ")
    }

    /// The words of the element with a class as its first, such as `notice`.
    pub(crate) fn of_class(&self, class: &str) -> String {
        self.behind(&format!("class=\"{class}"))
    }

    /// The words of the element with an id.
    pub(crate) fn of_id(&self, id: &str) -> String {
        self.behind(&format!("id=\"{id}\""))
    }

    /// The words of the innermost element with an attribute; nothing where there is none.
    fn behind(&self, attribute: &str) -> String {
        let element = self.body.split_once(attribute).and_then(|(_, rest)| rest.split_once('>'));
        element.map(|(_, rest)| plain(rest.split("</p>").next().unwrap_or_default())).unwrap_or_default()
    }

    /// The tag of the form's field with a name.
    pub(crate) fn field(&self, name: &str) -> &str {
        let tags = self.body.split('<').filter(|tag| tag.starts_with("input") || tag.starts_with("select"));
        let mut named = tags.filter(|tag| tag.contains(&format!("name=\"{name}\"")));
        named
            .next()
            .and_then(|tag| tag.split('>').next())
            .unwrap_or_else(|| panic!("no field {name}: {}", self.words()))
    }

    /// The value of the form's field with a name.
    pub(crate) fn value(&self, name: &str) -> &str {
        let value = self.field(name).split_once("value=\"").and_then(|(_, rest)| rest.split('"').next());
        value.unwrap_or_else(|| panic!("{name} has no value: {}", self.field(name)))
    }

    #[track_caller]
    pub(crate) fn assert_has(&self, tag: &str, words: &str) -> &Self {
        let texts = self.texts(tag);
        assert!(
            texts.iter().any(|text| text == words),
            "no <{tag}> says {words:?}, in {} {:?}",
            self.status,
            self.words()
        );
        self
    }

    #[track_caller]
    pub(crate) fn assert_lacks(&self, tag: &str, words: &str) -> &Self {
        let texts = self.texts(tag);
        assert!(texts.iter().all(|text| text != words), "a <{tag}> says {words:?}");
        self
    }
}

/// Text without tags and comments, entities resolved, white space folded.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#x27;", "'")
        .replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

import Testing

@testable import bulkhead

@Suite struct TemplateTests {
  private let context: Template.Context = [
    "name": .text("a"), "none": .list([]), "yes": .flag(true),
    "items": .list([["item": .text("1")], ["item": .text("2")]]),
  ]

  private func text(_ template: String) throws -> String {
    try Template(template, file: "t").text(context)
  }

  @Test(arguments: [
    ("x {{name}} y", "x a y"), ("{{#items}}{{item}},{{/items}}", "1,2,"),
    ("{{#items}}\n- {{item}} of {{name}}\n{{/items}}\nend\n", "- 1 of a\n- 2 of a\nend\n"),
    ("{{^none}}\nnothing\n{{/none}}\n", "nothing\n"), ("{{#none}}\nx\n{{/none}}\n", ""),
    ("{{^yes}}x{{/yes}}{{#yes}}y{{/yes}}", "y"), ("a\n{{! a comment }}\nb\n", "a\nb\n"),
    ("${VARIABLE} $$x } } { {", "${VARIABLE} $$x } } { {"),
    ("{{#yes}}{{#items}}{{#yes}}{{item}}{{/yes}}{{/items}}{{/yes}}", "12"),
  ])
  func `a template's tags become the values`(_ template: String, _ expected: String) throws {
    #expect(try text(template) == expected)
  }

  @Test(arguments: [
    ("\n{{nme}}", "t:2: no value is named 'nme'"), ("{{#items}}", "t:1: {{#items}} is never closed"),
    ("a\n{{/items}}", "t:2: {{/items}} closes no section"), ("{{items}}", "t:1: 'items' is a list"),
    ("{{#name}}{{/name}}", "t:1: 'name' is one value"), ("\n\n{{name", "t:3: {{ is never closed"),
    ("{{#items}}{{/name}}", "t:1: {{/name}} closes no section"),
  ])
  func `an error in a template is reported with its line`(_ template: String, _ message: String) {
    let error = #expect(throws: TemplateError.self) { try text(template) }
    #expect(error?.description.hasPrefix(message) == true, "\(error as Any)")
  }

  @Test(arguments: [
    ("plain", "plain"), ("a=b", "a=b"), ("yes", "\"yes\""), ("10", "\"10\""), ("100m", "100m"), ("", "\"\""),
    ("a: b", "\"a: b\""), ("say \"x\"", "\"say \\\"x\\\"\""), ("a#b", "\"a#b\""), ("*x", "\"*x\""),
  ])
  func `a scalar of YAML stays the text that it was`(_ text: String, _ expected: String) {
    #expect(YAMLText.scalar(text) == expected)
  }
}

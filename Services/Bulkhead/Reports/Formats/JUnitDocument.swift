/// A report as JUnit XML: a suite for each part, a case for each item and each check that passed.
///
/// Notes and items that are switched off are skipped cases. A part without a result is a case with an error.
struct JUnitDocument: Sendable {
  private let report: Report

  init(_ report: Report) {
    self.report = report
  }

  var text: String {
    let suites = report.parts.map(suite)
    return #"<?xml version="1.0" encoding="UTF-8"?>"# + "\n"
      + Self.element(
        "testsuites", [("name", "bulkhead \(report.command)")] + counts(of: report.parts), suites)
  }

  private func suite(_ part: Report.Part) -> String {
    let time = part.seconds.map { [("time", "\($0)")] } ?? []
    let failed = part.failure.map { failure in
      [test(part, "result", Self.element("error", [("message", failure), ("type", "failure")]))]
    }
    let passed = part.passed.map { test(part, $0, nil) }
    return Self.element(
      "testsuite", [("name", part.name)] + counts(of: [part]) + time,
      (failed ?? []) + part.items.map { test(part, name(of: $0), outcome(of: $0)) } + passed)
  }

  private func counts(of parts: [Report.Part]) -> [(String, String)] {
    let items = parts.flatMap(\.items)
    let errors = parts.count { $0.failure != nil }
    let passed = parts.map(\.passed.count).reduce(0, +)
    return [
      ("tests", "\(items.count + errors + passed)"), ("failures", "\(items.count { !isSkipped($0) })"),
      ("errors", "\(errors)"), ("skipped", "\(items.count(where: isSkipped))"),
    ]
  }

  private func isSkipped(_ item: Report.Item) -> Bool { item.level == .note || item.allowed != nil }

  private func name(of item: Report.Item) -> String {
    [item.rule, item.account, item.object].compactMap { $0 }.joined(separator: " ")
  }

  private func outcome(of item: Report.Item) -> String {
    if isSkipped(item) { return Self.element("skipped", [("message", item.allowed ?? item.message)]) }
    let place = item.line.map { "\(report.manifest):\($0)" } ?? report.manifest
    return Self.element(
      "failure", [("message", item.message), ("type", item.rule)],
      [Self.escaped("\(item.message)\n\(place)")],
      isText: true)
  }

  private func test(_ part: Report.Part, _ name: String, _ outcome: String?) -> String {
    Self.element(
      "testcase", [("name", name), ("classname", "\(report.command).\(part.name)")],
      outcome.map { [$0] } ?? [])
  }

  // MARK: XML

  private static func element(
    _ name: String, _ attributes: [(String, String)], _ content: [String] = [], isText: Bool = false
  ) -> String {
    let head = name + attributes.map { #" \#($0)="\#(escaped($1, inAttribute: true))""# }.joined()
    if content.isEmpty { return "<\(head)/>" }
    return isText
      ? "<\(head)>\(content.joined())</\(name)>"
      : "<\(head)>\n\(content.joined(separator: "\n"))\n</\(name)>"
  }

  /// Text of an element or an attribute. XML 1.0 has no form for most control characters, not even a reference, so that
  /// they appear as `\u{1B}` (section 2.2 of the recommendation).
  static func escaped(_ text: String, inAttribute: Bool = false) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += inAttribute || scalar == "\r" ? "&#\(scalar.value);" : String(scalar)
      default:
        let isHeld = scalar.value >= 0x20 && scalar.value != 0xFFFE && scalar.value != 0xFFFF
        escaped += isHeld ? String(scalar) : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
      }
    }
    return escaped
  }
}

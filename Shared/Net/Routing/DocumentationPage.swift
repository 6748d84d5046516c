import HTTP

/// The API as one page for people: no script, no foreign host, one inline style. It is made of the same declarations as
/// the API document.
package struct DocumentationPage {
  /// Where every service serves its page.
  package static let path = "/docs"

  private let document: OpenAPIDocument

  /// A page about the routes of a service.
  package init(title: String, version: String, routes: [Route]) {
    document = OpenAPIDocument(title: title, version: version, routes: routes)
  }

  /// The page's text.
  package var text: String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>\(escaped(document.title)) API</title><style>\(Self.style)</style></head><body>
    <header><h1>\(escaped(document.title)) API</h1>
    <p>Version \(escaped(document.version)). For programs: <a href="/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
    <p>\(marked(OpenAPIDocument.introduction))</p></header>
    <nav aria-label="Contents"><ul>
    \(document.tags.map { "<li><a href=\"#tag-\(escaped($0))\">\(escaped($0))</a></li>" }.joined(separator: "\n"))
    <li><a href="#schemas">schemas</a></li><li><a href="#problems">problems</a></li></ul></nav>
    <main>
    \(document.tags.map(section).joined(separator: "\n"))
    \(schemas)
    \(problems)
    </main></body></html>

    """
  }

  private func section(_ tag: String) -> String {
    let operations = document.routes.filter { $0.tag == tag }.map(operation).joined(separator: "\n")
    return "<section id=\"tag-\(escaped(tag))\"><h2>\(escaped(tag))</h2>\n\(operations)</section>"
  }

  private func operation(_ route: Route) -> String {
    let description = route.description
    return """
      <article id="\(route.operationID)"><h3><code>\(route.method.rawValue) \(escaped(route.template))</code></h3>
      <p>\(escaped(description.summary)). \(Self.access(description.access))\(traits(route))</p>
      \(parameters(route))
      \(body(description.requestBody))
      \(answers(route))</article>
      """
  }

  private static func access(_ access: Access) -> String {
    switch access {
    case .anyone: "Needs no token."
    case .signedIn: "Needs a token."
    case .operators: "For operators."
    }
  }

  private func traits(_ route: Route) -> String {
    var texts: [String] = []
    if route.description.traits.contains(.idempotent) { texts.append("takes <code>Idempotency-Key</code>") }
    if route.description.traits.contains(.conditional) {
      texts.append("has an <code>ETag</code>, and obeys <code>If-Match</code>")
    }
    if route.description.traits.contains(.signedBody) { texts.append("verifies the body's signature") }
    if route.description.traits.contains(.rateLimited) { texts.append("has a rate limit") }
    return texts.isEmpty ? "" : " It \(texts.joined(separator: ", and "))."
  }

  private func parameters(_ route: Route) -> String {
    let placeholders = (PathTemplate(route.template)?.placeholders ?? []).map { name in
      row([code(name), "path", rule(Route.shape(ofPlaceholder: name)), "required"])
    }
    let query = route.description.query.map { parameter in
      row([
        code(parameter.name), "query", rule(parameter.shape),
        parameter.isRequired ? "required" : "", marked(parameter.summary),
      ])
    }
    return table("Parameters", placeholders + query)
  }

  private func body(_ shape: DataShape?) -> String {
    shape.map { "<h4>Body</h4>\n\(fields($0))" } ?? ""
  }

  private func answers(_ route: Route) -> String {
    let answer = route.description.answer
    let statuses = [answer.status, answer.creates].compactMap { $0 }.map { "\($0)" }.joined(separator: ", ")
    let problems = route.problemStatuses.map { "\($0)" }.joined(separator: ", ")
    let fields = answer.shape.map(inlineFields) ?? ""
    let shape = answer.shape.map { shape in
      "\(escaped(answer.contentType)): \(fields.isEmpty ? rule(shape) : "these fields")"
    }
    return """
      <h4>Answer</h4><p>\(escaped(statuses)), \(shape ?? "no body")</p>\(fields)
      \(problems.isEmpty ? "" : "<p>Problems: \(escaped(problems))</p>")
      """
  }
}

// The shapes of values.
extension DocumentationPage {
  /// The fields of a shape that has no section of its own.
  private func inlineFields(_ shape: DataShape) -> String {
    switch shape {
    case .object, .open: fields(shape)
    case .anything, .boolean, .integer, .range, .number, .string, .text, .timestamp, .date, .choice, .list,
      .items,
      .optional, .named:
      ""
    }
  }

  private func fields(_ shape: DataShape) -> String {
    switch shape {
    case .object(let fields), .open(let fields):
      table(
        "Fields",
        fields.map { field in
          row([
            code(field.name), rule(field.shape), field.isRequired ? "required" : "", marked(field.summary),
          ])
        })
    case .anything, .boolean, .integer, .range, .number, .string, .text, .timestamp, .date, .choice, .list,
      .items,
      .optional, .named:
      "<p>\(rule(shape))</p>"
    }
  }

  private func rule(_ shape: DataShape) -> String {
    switch shape {
    case .anything: "any JSON value"
    case .boolean: "true or false"
    case .integer: "whole number"
    case .range(let bounds): "whole number from \(bounds.lowerBound) to \(bounds.upperBound)"
    case .number: "number"
    case .string: "text"
    case .text(let rule): "text of \(rule.length.lowerBound) to \(rule.length.upperBound) characters"
    case .timestamp: "time (RFC 3339)"
    case .date: "day"
    case .choice(let values): "one of " + values.map(code).joined(separator: ", ")
    case .list(let element): "list of: \(rule(element))"
    case .items(let element, let count):
      "list of \(count.lowerBound) to \(count.upperBound): \(rule(element))"
    case .optional(let wrapped): "\(rule(wrapped)), or null"
    case .object(let fields), .open(let fields):
      "object with " + fields.map { "\(code($0.name)) (\(rule($0.shape)))" }.joined(separator: ", ")
    case .named(let name, _): "<a href=\"#schema-\(escaped(name))\">\(escaped(name))</a>"
    }
  }

  private var schemas: String {
    var seen: Set<String> = []
    let shapes = document.routes.flatMap { route in
      (route.description.requestBody?.named ?? []) + (route.description.answer.shape?.named ?? [])
    }.filter { seen.insert($0.name).inserted }
    let sections = shapes.map { name, shape in
      "<article id=\"schema-\(escaped(name))\"><h3>\(escaped(name))</h3>\n\(fields(shape))</article>"
    }
    return "<section id=\"schemas\"><h2>Schemas</h2>\n\(sections.joined(separator: "\n"))</section>"
  }

  private var problems: String {
    let rows = ProblemCode.allCases.map { kind in
      "<tr id=\"\(kind.anchor)\"><th scope=\"row\">\(code(kind.rawValue))</th><td>\(kind.status.code)</td>"
        + "<td>\(marked(kind.summary))</td></tr>"
    }
    return "<section id=\"problems\"><h2>Problems</h2>\n\(table("Codes", rows))</section>"
  }

  private func table(_ caption: String, _ rows: [String]) -> String {
    guard !rows.isEmpty else { return "" }
    return
      "<div class=\"wide\"><table><caption>\(caption)</caption><tbody>\n\(rows.joined(separator: "\n"))\n</tbody></table></div>"
  }

  private func row(_ cells: [String]) -> String {
    let rest = cells.dropFirst().map { "<td>\($0)</td>" }.joined()
    return "<tr><th scope=\"row\">\(cells.first ?? "")</th>\(rest)</tr>"
  }

  private func code(_ text: String) -> String { "<code>\(escaped(text))</code>" }

  /// A text in which backticks mark code.
  private func marked(_ text: String) -> String {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated().map { index, part in
      index.isMultiple(of: 2) ? escaped(String(part)) : code(String(part))
    }.joined()
  }

  private func escaped(_ text: String) -> String {
    text.reduce(into: "") { result, character in
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case _: result.append(character)
      }
    }
  }

  /// The page's style. Its digest is the only one that the page's policy admits.
  package static let style = """
    :root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}
    body{margin:0 auto;max-width:60rem;padding:1rem}
    nav ul{display:flex;flex-wrap:wrap;gap:0 1rem;list-style:none;padding:0}
    article{border-top:1px solid GrayText;padding:.25rem 0 .75rem}
    h3{margin:.75rem 0 .25rem;overflow-wrap:anywhere}h4{margin:.75rem 0 .25rem}p{margin:.25rem 0}
    .wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
    caption{text-align:left;font-weight:600;padding:.5rem 0 .25rem}
    th{font-weight:400}td,th{border:1px solid GrayText;padding:.25rem .5rem;text-align:left;vertical-align:top}
    code{font-family:ui-monospace,monospace;font-size:.95em}:target{outline:2px solid Highlight}
    @media print{nav{display:none}}
    """
}

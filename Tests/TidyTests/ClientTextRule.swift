/// Forms that compare, hash or search text by characters, in the modules that a client's text arrives in.
///
/// Each costs up to the square of a run of combining marks. `ByteText` and its extensions compare bytes.
enum ClientTextRule {
  private static let folders = [
    "Shared/Net/HTTP", "Shared/Net/Routing", "Shared/Net/HTTPServer", "Shared/Frame/Identity",
  ]

  static let bans = [
    WordRules.Ban(word: ".hasPrefix(", folders: folders, exceptions: [template(2)]),
    WordRules.Ban(word: ".hasSuffix(", folders: folders, exceptions: [template(1)]),
    WordRules.Ban(word: "Set<String>", folders: folders, exceptions: [page(1)]),
    WordRules.Ban(word: "[String: ", folders: folders),
    WordRules.Ban(word: ".firstIndex(of:  ", folders: folders),
    WordRules.Ban(
      word: ".split(separator:  ", folders: folders, exceptions: [page(1), document(1), template(1)]),
    WordRules.Ban(
      word: ".lowercased()", folders: folders,
      exceptions: [
        document(2),
        exception("Shared/Net/HTTP/MediaType.swift", 3, "tokens are of ASCII letters, digits and signs"),
      ]),
    // A literal is blank in the code that the rule sees.
    WordRules.Ban(
      word: "==  ", folders: folders,
      exceptions: [
        document(2), template(5),
        exception("Shared/Net/Routing/RequestForm.swift", 1, "a route's own media type"),
      ]),
    WordRules.Ban(
      word: "!=  ", folders: folders,
      exceptions: [
        document(2),
        exception("Shared/Net/Routing/OpenAPIComponents.swift", 1, "a status's own phrase"),
        exception("Shared/Net/HTTP/TraceContext.swift", 2, "two hexadecimal digits"),
      ]),
  ]

  private static func template(_ count: Int) -> WordRules.Exception {
    exception("Shared/Net/Routing/PathTemplate.swift", count, "templates are the program's own")
  }

  private static func document(_ count: Int) -> WordRules.Exception {
    exception("Shared/Net/Routing/OpenAPIDocument.swift", count, "the document is the program's own")
  }

  private static func page(_ count: Int) -> WordRules.Exception {
    exception("Shared/Net/Routing/DocumentationPage.swift", count, "the page is the program's own")
  }

  private static func exception(_ path: String, _ count: Int, _ reason: String) -> WordRules.Exception {
    WordRules.Exception(path: path, count: count, reason: reason)
  }
}

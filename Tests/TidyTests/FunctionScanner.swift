/// A function, initialiser or deinitialiser with a body, and its place.
struct ScannedFunction: Equatable {
  let name: String
  /// The line of its keyword, counted from 1.
  let line: Int
  /// The lines from its keyword to its closing brace.
  let lineCount: Int
}

/// Finds functions by their keywords and measures them by their braces.
struct FunctionScanner {
  private let tokens: [CodeToken]

  static func functions(in text: String) -> [ScannedFunction] { functions(inCode: CodeText.of(text)) }

  static func functions(inCode code: String) -> [ScannedFunction] {
    let scanner = FunctionScanner(tokens: CodeToken.all(in: code))
    return scanner.tokens.indices.compactMap(scanner.function)
  }

  private func function(at index: Int) -> ScannedFunction? {
    let keyword = tokens[index]
    guard isDeclaration(index), let open = body(after: index), let close = closingBrace(of: open) else {
      return nil
    }
    let name = keyword.text == "func" && index + 1 < tokens.count ? tokens[index + 1].text : keyword.text
    return ScannedFunction(name: name, line: keyword.line, lineCount: tokens[close].line - keyword.line + 1)
  }

  /// `init` is a call in `self.init(`, `.init(` and `Type.init`.
  private func isDeclaration(_ index: Int) -> Bool {
    switch tokens[index].text {
    case "func", "deinit": return true
    case "init", "subscript":
      let isCall = index > 0 && tokens[index - 1].text == "."
      let follows = index + 1 < tokens.count ? tokens[index + 1].text : ""
      return !isCall && ["(", "?", "<"].contains(follows)
    default: return false
    }
  }

  /// The keywords of declarations. A requirement of a protocol has no body before the next one.
  private static let declarations: Set = [
    "func", "var", "let", "init", "deinit", "subscript", "case", "struct", "class", "enum", "extension",
    "protocol",
    "typealias", "associatedtype", "import",
  ]

  private func body(after index: Int) -> Int? {
    var depth = 0
    for next in tokens.indices[(index + 1)...] {
      switch tokens[next].text {
      case "(", "[": depth += 1
      case ")", "]": depth -= 1
      case "{" where depth == 0: return next
      case "}" where depth == 0: return nil
      case let word where depth == 0 && Self.declarations.contains(word): return nil
      default: break
      }
    }
    return nil
  }

  private func closingBrace(of open: Int) -> Int? {
    var depth = 0
    for next in tokens.indices[open...] {
      if tokens[next].text == "{" { depth += 1 }
      if tokens[next].text == "}" { depth -= 1 }
      if depth == 0 { return next }
    }
    return nil
  }
}

/// A word or a single character of code, and its line.
struct CodeToken {
  let text: String
  let line: Int

  static func all(in code: String) -> [CodeToken] {
    var tokens: [CodeToken] = []
    var line = 1
    var word = ""
    for character in code {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
        continue
      }
      if !word.isEmpty { tokens.append(CodeToken(text: word, line: line)) }
      word = ""
      if character.isNewline {
        line += 1
      } else if character != " " {
        tokens.append(CodeToken(text: String(character), line: line))
      }
    }
    if !word.isEmpty { tokens.append(CodeToken(text: word, line: line)) }
    return tokens
  }
}

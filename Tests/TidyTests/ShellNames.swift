/// Names of variables in shell scripts. `local NAME` fails where a script, or a file that it sources, made NAME readonly. Under
/// `||` the shell reports that and goes on, and the function then works on the value of the readonly one.
enum ShellNames {
  /// `SCRIPT: NAME` for each name that is readonly and local in a script and the files that it sources, together.
  static func readonlyAndLocal(in files: [SourceFile]) -> [String] {
    let scripts = files.filter { $0.path.hasSuffix(".sh") }
    return scripts.flatMap { script in
      let together = sourced(from: script, of: scripts)
      let fixed = Set(together.flatMap { declared(by: "readonly", in: $0) })
      let scoped = Set(together.flatMap { declared(by: "local", in: $0) })
      return fixed.intersection(scoped).sorted().map { "\(script.path): \($0)" }
    }
  }

  /// The script and what it sources, directly or through another file. A file is found by its name.
  private static func sourced(from script: SourceFile, of scripts: [SourceFile]) -> [SourceFile] {
    var found = [script]
    var next = 0
    while next < found.count {
      let names = found[next].text.matches(of: /(?m)^\s*source .*?([\w.-]+\.sh)"?$/).map { String($0.1) }
      for file in scripts where names.contains(where: { "/\(file.path)".hasSuffix("/\($0)") }) {
        if !found.contains(where: { $0.path == file.path }) { found.append(file) }
      }
      next += 1
    }
    return found
  }

  /// The names that the commands `readonly` and `local` of a script declare.
  private static func declared(by command: String, in script: SourceFile) -> [String] {
    script.lines.flatMap { line -> [String] in
      guard let start = line.range(of: "\(command) "),
        line[..<start.lowerBound].allSatisfy({ $0 == " " }) || line[..<start.lowerBound].hasSuffix("{ ")
      else { return [] }
      return words(of: line[start.upperBound...]).compactMap { word in
        let name = word.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        return name.isEmpty || !(name.endIndex == word.endIndex || word[name.endIndex] == "=") ? nil : name
      }.map(String.init)
    }
  }

  /// The words of a simple command: a space in quotes or in parentheses ends none, and an operator outside ends the command.
  private static func words(of text: Substring) -> [Substring] {
    var words: [Substring] = []
    var start = text.startIndex
    var depth = 0
    var quote: Character?
    for index in text.indices {
      let character = text[index]
      if character == quote {
        quote = nil
      } else if quote == nil, character == "\"" || character == "'" {
        quote = character
      } else if character == "(" {
        depth += 1
      } else if character == ")" {
        depth -= 1
      }
      guard depth == 0, quote == nil, " ;&|".contains(character) else { continue }
      words.append(text[start..<index])
      start = text.index(after: index)
      if character != " " { return words }
    }
    return words + [text[start...]]
  }
}

/// The limits of the services, as the code names them and as docs/limits.md lists them.
enum DocumentedLimits {
  /// Limits that neither a client nor an operator meets, each with its reason.
  static let exceptions = [
    "AccessEntry.maximumConstantBytes": "the room that a line of the access log reserves",
    "DatabaseClock.maximumReadingNanoseconds": "the error of a reading of the server's time",
    "HistogramInstrument.maximumBounds": "the code names the bounds of each histogram",
    "LineBatch.maximumBytes": "the size at which lines are written, not lost",
    "PathText.maximumBytes": "Linux's own limit of a path",
    "TokenEpoch.maximumNumber": "a number of the format, which no client chooses",
  ]

  /// The limits of a file: `TYPE.maximumNAME`, with the outermost type around it.
  static func declared(in file: SourceFile) -> [String] {
    var owner = ""
    return file.code.split(separator: "\n").compactMap { line in
      if let type = line.prefixMatch(of: #/(?:[a-z]+ )*(?:struct|enum|class|actor|extension) (?<name>\w+)/#) {
        owner = String(type.name)
      }
      return line.firstMatch(of: #/static let (?<name>maximum[A-Z]\w*)/#).map { "\(owner).\($0.name)" }
    }
  }

  /// Limits that the page does not name and that are no exception, and exceptions that it names or no file declares.
  static func differences(files: [SourceFile], page: String) -> [String] {
    let declared = Set(files.flatMap(Self.declared))
    let named = declared.filter { page.contains("`\($0)`") }
    let missing = declared.subtracting(named).subtracting(exceptions.keys)
    return missing.sorted().map { "\($0) is not in docs/limits.md" }
      + exceptions.keys.filter { !declared.contains($0) || named.contains($0) }.sorted()
      .map { "the exception for \($0) is not needed" }
  }
}

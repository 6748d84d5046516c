import Secrets

extension EnvironmentReader {
  /// The value of a variable, or the default.
  package mutating func text(_ name: String, default fallback: String) -> String {
    optionalText(name) ?? fallback
  }

  /// The value of a required variable.
  package mutating func requiredText(_ name: String) -> String {
    let known = problems.count
    if let value = optionalText(name) { return value }
    if problems.count == known { report(name, "is not set") }
    return ""
  }

  /// An optional password or key. No message contains its value.
  package mutating func optionalSecret(_ name: String) -> Secret? {
    optionalText(name).flatMap { password($0, name) }
  }

  /// A required password or key. No message contains its value.
  package mutating func requiredSecret(_ name: String) -> Secret {
    let known = problems.count
    if let secret = optionalSecret(name) { return secret }
    if problems.count == known { report(name, "is not set") }
    return Secret("")
  }

  /// An optional password. From a file, it is one that can be read again while the program runs.
  package mutating func optionalCredential(_ name: String) -> CredentialSource? {
    let fileName = "\(name)_FILE"
    guard setting(name) == nil, let path = setting(fileName) else {
      return optionalSecret(name).map { .fixed($0) }
    }
    guard optionalPath(fileName) != nil, let text = fileText(path, for: fileName) else { return nil }
    do {
      return .file(path, initial: try CredentialText(ofFile: text).current)
    } catch {
      report(fileName, "the file holds no password: \(error)")
      return nil
    }
  }

  private mutating func password(_ value: String, _ name: String) -> Secret? {
    do {
      try CredentialText.check(value)
      return Secret(value)
    } catch {
      report(setting(name) == nil ? "\(name)_FILE" : name, "is not usable: \(error)")
      return nil
    }
  }

  /// A required password; see ``optionalCredential(_:)``.
  package mutating func requiredCredential(_ name: String) -> CredentialSource {
    let known = problems.count
    if let source = optionalCredential(name) { return source }
    if problems.count == known { report(name, "is not set") }
    return .fixed(Secret(""))
  }

  /// A whole number within limits, or the default.
  package mutating func integer(_ name: String, default fallback: Int, in limits: ClosedRange<Int>) -> Int {
    optionalInteger(name, in: limits) ?? fallback
  }

  /// A whole number within limits; nil where the variable is not set or has another value.
  package mutating func optionalInteger(_ name: String, in limits: ClosedRange<Int>) -> Int? {
    guard let text = optionalText(name) else { return nil }
    if let number = Int(text), limits.contains(number) { return number }
    report(name, "must be a whole number from \(limits.lowerBound) to \(limits.upperBound)")
    return nil
  }

  /// A raw value of an enumeration, or the default.
  package mutating func choice<Choice>(_ name: String, default fallback: Choice) -> Choice
  where Choice: RawRepresentable<String> & CaseIterable {
    optionalChoice(name) ?? fallback
  }

  /// A raw value of an enumeration; nil where the variable is not set or has another value.
  package mutating func optionalChoice<Choice>(_ name: String, of type: Choice.Type = Choice.self) -> Choice?
  where Choice: RawRepresentable<String> & CaseIterable {
    guard let text = optionalText(name) else { return nil }
    if let choice = Choice(rawValue: text) { return choice }
    report(name, "must be one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
    return nil
  }

  /// `true` or `false`, or the default.
  package mutating func boolean(_ name: String, default fallback: Bool) -> Bool {
    switch optionalText(name) {
    case nil: return fallback
    case "true": return true
    case "false": return false
    case _?:
      report(name, "must be true or false")
      return fallback
    }
  }
}

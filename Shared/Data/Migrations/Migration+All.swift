extension Migration {
  /// The whole history, oldest first. Add a new version at the end.
  package static let all: [Migration] = [.v0001, .v0002, .v0003, .v0004, .v0005]
}

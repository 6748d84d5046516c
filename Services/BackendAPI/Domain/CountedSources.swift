import Transport

/// What the attempts of one client count for.
extension ClientSource {
  /// A site may have the attempts of so many networks. One subscriber's networks are its sources by the hundred, and one site
  /// may also be many subscribers.
  static let networksOfSite: Int64 = 8

  /// The source and its site, each with the number of networks whose attempts it may have.
  var counted: [(source: ClientSource, networks: Int64)] {
    let own: (source: ClientSource, networks: Int64) = (self, 1)
    return site == self ? [own] : [own, (site, Self.networksOfSite)]
  }
}

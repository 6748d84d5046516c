/// What a poller saw on a descriptor.
///
/// ``readable`` and ``writable`` arrive only while they are in the registered ``Interest``. ``hungUp`` (an error, or
/// both directions closed) may arrive whatever the interest is, and then brings every bit of the interest with it, so
/// that code which only reads and writes meets the error there. It arrives again and again until the descriptor is
/// deregistered. `DispatchPoller` cannot see it.
package struct Readiness: OptionSet, Sendable, Hashable {
  /// One bit per kind of readiness; the lower two are those of ``Interest``.
  package let rawValue: UInt8

  /// Takes the bits as they are.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A read will not block; it may find the end of the stream or an error.
  package static let readable = Readiness(rawValue: 1)
  /// A write will not block; it may find an error.
  package static let writable = Readiness(rawValue: 2)
  /// The peer is gone for both directions, or the socket has failed.
  package static let hungUp = Readiness(rawValue: 4)

  /// The part of this readiness that a holder of `interest` asked for.
  func narrowed(to interest: Interest) -> Readiness {
    let asked = Readiness(rawValue: interest.rawValue)
    return contains(.hungUp) ? asked.union(.hungUp) : intersection(asked)
  }
}

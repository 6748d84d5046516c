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

/// What a registered descriptor is watched for.
///
/// An empty set keeps the registration and silences it: that is how a connection stops reading while its peer is slow.
package struct Interest: OptionSet, Sendable, Hashable {
  /// One bit per kind of readiness.
  package let rawValue: UInt8

  /// Takes the bits as they are.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes, a new connection or the end of the stream can be read.
  package static let readable = Interest(rawValue: 1)
  /// The kernel takes bytes again, or a connect has finished.
  package static let writable = Interest(rawValue: 2)
}

/// Whoever a loop tells that a descriptor is ready.
///
/// The loop keeps the handler alive from ``EventLoop/register(_:for:handler:)`` until it is deregistered.
package protocol ReadinessHandler: AnyObject {
  /// Called on the loop's thread. Readiness is level-triggered: what is not taken now is reported again.
  /// Now and then there is nothing to take any more: a read or a write must not block, and finding nothing is no error.
  func ready(_ readiness: Readiness)
}

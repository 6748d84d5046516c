/// The events that a poller reports for a descriptor.
///
/// ``readable`` and ``writable`` arrive only while the registered ``Interest`` includes them. ``hungUp`` (an error, or
/// both directions closed) arrives for any interest and sets every bit of it. Code that only reads and writes then gets
/// the error from its system call. ``hungUp`` repeats until the descriptor is deregistered. `DispatchPoller` never
/// reports it.
package struct Readiness: OptionSet, Sendable, Hashable {
  /// One bit per event. The lower two bits are those of ``Interest``.
  package let rawValue: UInt8

  /// Makes a set from its bits.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// A read will not block. It may return the end of the stream or an error.
  package static let readable = Readiness(rawValue: 1)
  /// A write will not block. It may return an error.
  package static let writable = Readiness(rawValue: 2)
  /// The peer has closed both directions, or the socket has failed.
  package static let hungUp = Readiness(rawValue: 4)

  /// The events to deliver to a registration with this interest.
  func narrowed(to interest: Interest) -> Readiness {
    let watched = Readiness(rawValue: interest.rawValue)
    return contains(.hungUp) ? watched.union(.hungUp) : intersection(watched)
  }
}

/// The events that a loop watches a registered descriptor for.
///
/// An empty set pauses the registration. A connection uses it to stop reading while its peer is slow.
package struct Interest: OptionSet, Sendable, Hashable {
  /// One bit per event.
  package let rawValue: UInt8

  /// Makes a set from its bits.
  package init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes, a new connection or the end of the stream is available.
  package static let readable = Interest(rawValue: 1)
  /// The kernel accepts bytes again, or a connect has finished.
  package static let writable = Interest(rawValue: 2)
}

/// Receives the events of a descriptor.
///
/// The loop retains the handler from ``EventLoop/register(_:for:handler:)`` until the descriptor is deregistered.
package protocol ReadinessHandler: AnyObject {
  /// Handles the events, on the loop's thread.
  ///
  /// Readiness is level-triggered: the loop reports remaining bytes again. An event can be outdated, so reads and
  /// writes must be non-blocking, and `EAGAIN` is not an error.
  func ready(_ readiness: Readiness)
}

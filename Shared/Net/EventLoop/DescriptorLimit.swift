import CLinux

/// The kernel's limit of descriptors for this process (`RLIMIT_NOFILE`, getrlimit(2)).
package enum DescriptorLimit {
  /// Raises the soft limit to the hard one, and returns the limit in force; nil when the kernel reports none.
  ///
  /// The soft limit is often 1,024 for the sake of select(2), which this project does not use.
  package static func raise() -> Int? {
    let limit = bulkhead_raise_descriptor_limit()
    return limit < 0 ? nil : limit
  }
}

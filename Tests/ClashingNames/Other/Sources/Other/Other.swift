import CAllocationCounter
import CCurl
import CEvent
import CLibevent
import CLinux
import CPopt
import CSQLite

/// Calls a function of each C target.
public func countTargets() -> Int32 {
  other_csqlite() + other_cevent() + other_clibevent() + other_ccurl() + other_cpopt() + other_clinux()
    + other_callocationcounter()
}

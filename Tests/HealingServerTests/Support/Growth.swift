import Glibc

/// How the time of a piece of work grows with its input: of this thread's processor alone, so what else the machine does
/// hardly shows.
enum Growth {
  /// The shortest of a few runs with an input of twice the size, by the shortest with the input itself. Other work only ever
  /// adds to a run, so while the ratio is past 2.5 more runs are made, up to 60. What grows with the square stays at 4.
  /// - Parameter work: is given 1 for the input and 2 for twice as much.
  static func ratio(_ work: (Int) -> Void) -> Double {
    var (once, twice) = (Double.infinity, Double.infinity)
    for run in 0..<60 {
      if run >= 7 && twice <= 2.5 * once { break }
      once = min(once, seconds { work(1) })
      twice = min(twice, seconds { work(2) })
    }
    return twice / once
  }

  private static func seconds(_ body: () -> Void) -> Double {
    let begun = now()
    body()
    return now() - begun
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

extension TextRule {
  /// A local resource ran out or is busy: memory, disk, file handles, processor.
  static let resource: [TextRule] = [
    TextRule(
      "disk_full", .resource, 92, transient: false, severity: .critical,
      [
        "no space left", "no space available", "no free|more|disk space", "not enough * space",
        "insufficient * space", "enough free|disk|storage space", "low disk space",
        "disk|volume|filesystem|device|storage|partition|drive is|was full", "disk|storage full",
        "disk usage exceeded", "space exceeded", "disk quota", "out of disk|space|storage|inodes",
        "ran|running out of * space", "disk pressure",
      ]),
    TextRule(
      "out_of_memory", .resource, 92, transient: false, severity: .critical,
      [
        "out of * memory", "oom|oomkilled", "heap space|limit", "gc overhead", "perm gen", "permgen",
        "metaspace", "direct buffer memory", "memory|buffer|array|heap|page allocation failed|failure|error",
        "allocation failed|failure", "allocate|allocating * memory|bytes", "allowed memory size",
        "memory limit|limits|budget|exhausted|exceeded|pressure|error", "memory * exhausted|exceeded",
        "not enough memory|ram", "more * memory|ram|vram", "swap space", "insufficient|low memory",
        "vm budget", "used memory", "bad alloc", "exceeded|exceeds|exceeding * memory", "mmap|malloc failed",
        "memory allocation * failed", "killed process", "signal killed",
      ]),
    TextRule(
      "handles", .resource, 92, transient: false,
      [
        "too many open files|sockets|handles", "open files limit",
        "file descriptors|descriptor limit|exhausted|exceeded", "out of file|socket|ports|handles",
        "file table overflow", "inotify watch|watches|watcher|limit|instances", "fsnotify watcher",
        "file watchers", "ephemeral ports", "port|socket exhaustion",
      ]),
    TextRule(
      "threads", .resource, 92, transient: false,
      [
        "start|create|spawn * new|native thread|threads|process", "native|os thread", "fork failed",
        "too many processes|threads", "process|thread|pid|pids limit", "thread pool * exhausted|full",
        "rejected execution exception",
      ] + cannot("fork|spawn")),
    TextRule(
      "busy", .resource, 82, transient: true,
      [
        "resource temporarily unavailable", "device|resource busy", "device|resource|file is busy",
        "target|dataset|volume|drive is busy", "circuit breaking", "queue|buffer is? full",
        "or resource busy", "text file busy", "used|use by another process", "being used by",
        "file is locked", "could|cannot not? get lock", "held by process", "lock file exists",
        "acquire|acquiring the? state lock", "another * process seems|is", "be attached to another",
        "multi attach",
      ]),
    TextRule(
      "device", .resource, 84, transient: false,
      [
        "disk|hardware|device failure|error|failed", "input output error", "disk i o",
        "bad sector|superblock", "structure needs cleaning", "stale file|nfs", "file too large",
        "file name too long", "no such device", "cross device link", "invalid cross",
        "read only file|filesystem|volume", "readonly file|filesystem|volume",
      ]),
    TextRule(
      "capacity", .resource, 96, transient: false,
      [
        "resource|resources pool exhausted", "vm|sku|instance|machine|accelerator * not available in",
      ]),
    TextRule(
      "allocation", .resource, 82, transient: false,
      [
        "allocation refused"
      ] + cannot("allocate|alloc")),
    TextRule(
      "insufficient", .resource, 86, transient: false,
      [
        "insufficient cpu|resources|resource|capacity|compute|gpu|pods|storage|instance",
        "insufficient * capacity|resources|memory|cpu|gpu",
        "not enough * resources|capacity|cpu|cpus|gpu|gpus|nodes|slots", "enough * resources|cpu|capacity",
        "nodes are available", "exceeded|exceeds|exceeding * cpu|resources",
        "resource|resources|cpu|gpu|worker limit|limits|exceeded|constraints|exhaustion", "cpu time",
        "out of host? resources|capacity|cpu|gpu|vram", "evicted|eviction", "node was low",
        "capacity exceeded|reached", "no buffer space",
        "no available nodes|capacity|workers|gpu|gpus|slots|runners",
        "exit|exited code|with|status code|status? 137", "signal 9", "sigkill", "compute resources",
        "sufficient capacity|resources|memory|cpu|nodes", "no|not * nodes available", "enough nodes",
        "descriptor limit of", "stack usage", "too much shared", "shared memory",
        "no more|free * addresses|ips|ports|slots|workers|nodes|hosts available|left", "no valid host",
        "not enough * hosts|workers|cores|brokers|ips|addresses",
        "less|fewer than * cpu|cpus|cores|gb|mb|memory|ram",
      ]),
    TextRule(
      "raise_limit", .resource, 84, transient: false,
      [
        "try|consider increasing|raising", "ulimit", "rlimit",
        "max user|map|open processes|watches|count|files", "increase * heap|memory", "are|is not enough",
        "should|must increase|raise",
      ]),
    TextRule(
      "file_not_found", .resource, 67, transient: false,
      [
        "file not found exception|error"
      ]),
    TextRule(
      "file", .resource, 62, transient: false,
      [
        "no such file", "cannot|can't stat", "file|directory|path|folder not found", "file already? exists",
        "file * does not exist", "file doesn't exist", "is|not a directory", "directory not empty",
        "i o error", "system cannot find", "cannot|can't|couldn't find the path|file",
      ] + cannot("find|open|access|read|write|create|stat|delete * file|directory|folder")),
    TextRule(
      "hint", .resource, 33, transient: false,
      [
        "capacity|memory|cpu|gpu|heap|inode|inodes|swap|watermark|oom"
      ]),
  ]
}

// swift-tools-version: 6.2
import PackageDescription

let language: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let strict = language + [.treatAllWarnings(as: .error)]

let package = Package(
  name: "healing",
  products: [
    .library(name: "Healing", targets: ["Healing"]),
    .library(name: "HealingSQLite", targets: ["HealingSQLite"]),
    .library(name: "HealingChecks", targets: ["HealingChecks"]),
    .library(name: "HealingServer", targets: ["HealingServer"]),
    .library(name: "HealingTesting", targets: ["HealingTesting"]),
    .executable(name: "healing", targets: ["HealingCLI"]),
  ],
  targets: [
    .systemLibrary(name: "CHealingSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CHealingEvent", pkgConfig: "libevent", providers: [.apt(["libevent-dev"])]),
    .systemLibrary(name: "CHealingCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CHealingPopt", pkgConfig: "popt", providers: [.apt(["libpopt-dev"])]),
    .systemLibrary(name: "CHealingLinux"),

    .target(
      name: "HealingMigrations", path: "Migrations",
      resources: [
        .embedInCode("V0001__initial.sql"),
        .embedInCode("V0002__feed.sql"),
        .embedInCode("V0003__rate_window.sql"),
        .embedInCode("V0004__writers.sql"),
        .embedInCode("V0005__forget.sql"),
        .embedInCode("V0006__indexes.sql"),
        .embedInCode("V0007__override_version.sql"),
        .embedInCode("V0008__forgetting.sql"),
        .embedInCode("V0009__alert_kinds.sql"),
        .embedInCode("V0010__outcomes.sql"),
        .embedInCode("V0011__retention.sql"),
        .embedInCode("V0012__reads.sql"),
        .embedInCode("V0013__transfer.sql"),
        .embedInCode("V0014__accounting.sql"),
        .embedInCode("V0015__fingerprints.sql"),
        .embedInCode("V0016__incidents.sql"),
      ], swiftSettings: strict),
    .target(
      name: "HealingQueries", path: "Queries",
      resources: [
        .embedInCode("by_action.sql"),
        .embedInCode("alert_effect.sql"),
        .embedInCode("attempt_effect.sql"),
        .embedInCode("availability.sql"),
        .embedInCode("breaker_openings.sql"),
        .embedInCode("by_component.sql"),
        .embedInCode("component_rates.sql"),
        .embedInCode("coverage.sql"),
        .embedInCode("different_about.sql"),
        .embedInCode("error_groups.sql"),
        .embedInCode("idle_components.sql"),
        .embedInCode("forgotten_overrides.sql"),
        .embedInCode("release_debuts.sql"),
        .embedInCode("incident_impact.sql"),
        .embedInCode("incident_minutes.sql"),
        .embedInCode("incident_reach.sql"),
        .embedInCode("incident_timeline.sql"),
        .embedInCode("incident_times.sql"),
        .embedInCode("incident_users.sql"),
        .embedInCode("incidents.sql"),
        .embedInCode("overall.sql"),
        .embedInCode("override_effect.sql"),
        .embedInCode("rates.sql"),
        .embedInCode("rejections.sql"),
        .embedInCode("recent_recoveries.sql"),
        .embedInCode("release_compare.sql"),
        .embedInCode("releases.sql"),
        .embedInCode("retry_effect.sql"),
        .embedInCode("seen_before.sql"),
        .embedInCode("spread.sql"),
        .embedInCode("state_at.sql"),
      ], swiftSettings: strict),

    .target(name: "Healing", dependencies: ["CHealingLinux"], swiftSettings: strict),
    .target(name: "HealingLedger", dependencies: ["Healing", "CHealingLinux"], swiftSettings: strict),
    .target(
      name: "HealingSQLite",
      dependencies: [
        "Healing", "HealingLedger", "HealingMigrations", "HealingQueries", "CHealingSQLite", "CHealingLinux",
      ],
      swiftSettings: strict),
    .target(
      name: "HealingChecks", dependencies: ["Healing", "CHealingCurl", "CHealingLinux"], swiftSettings: strict
    ),
    .target(name: "HealingPages", dependencies: ["Healing"], swiftSettings: strict),
    .target(
      name: "HealingServer", dependencies: ["Healing", "HealingPages", "CHealingEvent"],
      resources: [.embedInCode("openapi.json")], swiftSettings: strict),
    .target(name: "HealingTesting", dependencies: ["Healing"], swiftSettings: strict),
    .executableTarget(
      name: "HealingCLI",
      dependencies: [
        "Healing", "HealingSQLite", "HealingChecks", "HealingPages", "HealingServer", "CHealingLinux",
        "CHealingPopt",
      ],
      swiftSettings: strict),

    .target(
      name: "HealingTestSupport",
      dependencies: ["Healing", "HealingChecks", "HealingLedger", "HealingTesting"],
      path: "Tests/HealingTestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "CrashWriter", dependencies: ["Healing", "HealingSQLite", "HealingTestSupport"],
      path: "Tests/CrashWriter",
      swiftSettings: strict),
    .executableTarget(
      name: "OutageWriter", dependencies: ["Healing", "HealingSQLite", "HealingTestSupport"],
      path: "Tests/OutageWriter", swiftSettings: strict),
    .target(name: "CHealingSyncCounter", path: "Tests/CHealingSyncCounter"),
    .target(name: "FloodReport", path: "Tests/FloodReport", swiftSettings: strict),
    // Its memory is measured: it loads only what a service loads.
    .executableTarget(
      name: "FloodWriter",
      dependencies: ["Healing", "HealingSQLite", "FloodReport", "CHealingSyncCounter"],
      path: "Tests/FloodWriter", swiftSettings: strict),
    .executableTarget(
      name: "SoakWriter", dependencies: ["Healing", "HealingSQLite", "HealingTestSupport"],
      path: "Tests/SoakWriter", swiftSettings: strict),
    .testTarget(
      name: "HealingTests", dependencies: ["Healing", "HealingTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "HealingTestingTests",
      dependencies: ["Healing", "HealingSQLite", "HealingTesting", "HealingTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "HealingLedgerTests", dependencies: ["Healing", "HealingLedger", "HealingTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "HealingSQLiteTests",
      dependencies: [
        "Healing", "HealingLedger", "HealingChecks", "HealingSQLite", "HealingMigrations", "HealingQueries",
        "HealingTestSupport", "CrashWriter", "FloodReport", "FloodWriter", "OutageWriter", "SoakWriter",
      ], swiftSettings: strict),
    .testTarget(
      name: "HealingPagesTests", dependencies: ["Healing", "HealingPages", "HealingTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "HealingChecksTests", dependencies: ["HealingChecks"], swiftSettings: strict
    ),
    .testTarget(
      name: "HealingServerTests",
      dependencies: ["Healing", "HealingChecks", "HealingSQLite", "HealingServer", "HealingTestSupport"],
      swiftSettings: strict
    ),
    .testTarget(
      name: "HealingCLITests",
      dependencies: [
        "HealingCLI", "Healing", "HealingChecks", "HealingSQLite", "HealingTestSupport", "CrashWriter",
      ],
      exclude: ["EarlierRelease", "Snapshots"], swiftSettings: strict),

    // The examples of the documentation, as in a package with default settings: what they leave unused is no mistake.
    .testTarget(
      name: "DocumentationTests",
      dependencies: ["Healing", "HealingSQLite", "HealingChecks", "HealingServer", "HealingTesting"],
      swiftSettings: [.unsafeFlags(["-suppress-warnings"])]),

    .target(name: "CHealingAllocations", path: "Benchmarks/CHealingAllocations"),
    .executableTarget(
      name: "HealingBenchmarks",
      dependencies: [
        "Healing", "HealingSQLite", "HealingMigrations", "HealingQueries", "HealingTesting",
        "HealingTestSupport", "CHealingSQLite", "CHealingAllocations", "FloodReport", "FloodWriter",
      ], path: "Benchmarks/HealingBenchmarks", swiftSettings: strict),
  ]
)

// swift-tools-version: 6.2
import PackageDescription

// A package that uses Healing and a package whose C targets have the usual names (vapor/sqlite-nio has a CSQLite). SwiftPM refuses
// to load a graph in which two targets have one name.
let package = Package(
  name: "ClashingNames",
  dependencies: [
    .package(name: "healing", path: "../.."),
    .package(path: "Other"),
  ],
  targets: [
    .executableTarget(
      name: "Program",
      dependencies: [
        .product(name: "Healing", package: "healing"),
        .product(name: "HealingSQLite", package: "healing"),
        .product(name: "HealingChecks", package: "healing"),
        .product(name: "HealingServer", package: "healing"),
        .product(name: "Other", package: "Other"),
      ])
  ]
)

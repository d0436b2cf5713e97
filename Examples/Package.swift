// swift-tools-version: 6.2
import PackageDescription

// A service as its own package, with default settings. A package elsewhere names the repository's URL instead of the path.
let package = Package(
  name: "Examples",
  dependencies: [.package(name: "healing", path: "..")],
  targets: [
    .executableTarget(
      name: "Shop",
      dependencies: [
        .product(name: "Healing", package: "healing"),
        .product(name: "HealingSQLite", package: "healing"),
      ])
  ]
)

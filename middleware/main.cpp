#include <malloc.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "middleware/commands.h"

int main(int argc, char** argv) {
  // Two arenas: threads that mostly wait would otherwise keep freed memory in eight arenas for each core.
  mallopt(M_ARENA_MAX, 2);
  // Handled by sigwait() in `serve`; every thread inherits the mask.
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGINT);
  sigaddset(&handled, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &handled, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  CLI::App app{"Calmux consolidates calendars into one that every phone can read.", "calmux"};
  app.set_version_flag("--version", std::string("calmux ") + CALMUX_VERSION);
  app.require_subcommand(1);
  int result = EXIT_FAILURE;

  app.add_subcommand("serve", "Receive deliveries and keep the destination up to date, until SIGTERM")->callback([&] {
    result = calmux::serve(handled);
  });
  app.add_subcommand("migrate", "Bring the database's schema up to date")->callback([&] {
    result = calmux::migrate();
  });
  app.add_subcommand("check-config", "Check the configuration without starting")->callback([&] {
    result = calmux::check_config();
  });

  bool dry_run = false;
  auto* reconcile = app.add_subcommand("reconcile", "Read the destination in full and repair what differs");
  reconcile->add_flag("--dry-run", dry_run, "Print what differs and change nothing");
  reconcile->callback([&] { result = calmux::reconcile(dry_run); });

  std::string source;
  long long letter = 0;
  auto* replay = app.add_subcommand("replay", "Take dead letters up again");
  auto* letter_option = replay->add_option("--id", letter, "Only the dead letter of this id");
  replay->add_option("--source", source, "Only those of this source");
  replay->callback([&] {
    result = calmux::replay(letter_option->count() > 0 ? std::optional<long long>(letter) : std::nullopt, source);
  });

  std::string event;
  auto* trace = app.add_subcommand("trace", "Tell everything that happened to one event, and why");
  trace->add_option("EVENT", event, "The id of a mapping, or the event's id at its source")->required();
  trace->callback([&] { result = calmux::trace(event); });

  std::string label;
  std::vector<std::string> sources;
  auto* key = app.add_subcommand("key", "API keys");
  key->require_subcommand(1);
  auto* key_new = key->add_subcommand("new", "Make a key, store its hash, print it once");
  key_new->add_option("--source", sources, "A source that it is valid for; repeat for several; none: all");
  key_new->add_option("--label", label, "What it is for");
  key_new->callback([&] { result = calmux::new_key(label, sources); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? EXIT_SUCCESS : 2;
  } catch (const std::exception& e) {
    std::cerr << "calmux: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
  return result;
}

import { Link, useLocation, useSearch } from "wouter";
import { Icon } from "../components/icon.tsx";
import { Mark } from "../components/mark.tsx";
import { keepScope } from "../lib/search-state.ts";
import { DESTINATIONS, isAt } from "./destinations.ts";
import { preloadScreen } from "./load-screen.ts";

/** The way between screens: a rail at the side, a bar at the foot on a phone. */
export function Rail() {
  const [location] = useLocation();
  const scope = keepScope(useSearch());
  return (
    <nav
      aria-label="Screens"
      className="order-last flex shrink-0 border-t border-line bg-sunk sm:order-first sm:w-12 sm:flex-col sm:border-t-0 sm:border-r lg:w-40"
    >
      <Link
        href={`/${scope}`}
        aria-label="Gatewatch"
        className="hidden h-11 items-center gap-2.5 px-3 sm:flex"
        tabIndex={-1}
      >
        <Mark />
        <span className="hidden text-lead font-semibold tracking-tight lg:inline">Gatewatch</span>
      </Link>
      <ul className="flex flex-1 justify-around gap-0.5 p-1 sm:flex-col sm:justify-start sm:p-1.5 sm:pt-2">
        {DESTINATIONS.map((place) => {
          const here = isAt(place.path, location);
          return (
            <li key={place.path}>
              <Link
                href={`${place.path}${scope}`}
                aria-current={here ? "page" : undefined}
                onPointerEnter={() => preloadScreen(place.path)}
                onFocus={() => preloadScreen(place.path)}
                className={`flex h-11 flex-col items-center justify-center gap-0.5 rounded-md px-4 sm:h-9 sm:flex-row sm:px-0 lg:h-8 lg:justify-start lg:gap-2.5 lg:px-2.5 ${here ? "bg-select font-semibold text-ink" : "text-muted hover:bg-hover hover:text-ink"}`}
              >
                <Icon name={place.icon} className={here ? "text-accent" : ""} />
                <span className="text-tiny sm:sr-only lg:not-sr-only lg:text-base">{place.name}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

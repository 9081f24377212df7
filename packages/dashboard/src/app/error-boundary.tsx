import { Component, type ReactNode } from "react";
import { Button } from "../components/button.tsx";
import { Empty } from "../components/empty.tsx";

interface Props {
  /** A new value gives the screen another chance. */
  place: string;
  children: ReactNode;
}

/** A screen that fails leaves the frame standing, and says how to go on. */
export class ErrorBoundary extends Component<Props, { failure: Error | null; place: string }> {
  override state = { failure: null as Error | null, place: this.props.place };

  static getDerivedStateFromError(failure: Error) {
    return { failure };
  }

  static getDerivedStateFromProps(props: Props, state: { place: string }) {
    return props.place === state.place ? null : { failure: null, place: props.place };
  }

  override render() {
    const { failure } = this.state;
    if (!failure) return this.props.children;
    return (
      <Empty title="This screen failed">
        <p className="pb-3 break-words">
          {failure.message} The server may have been upgraded meanwhile; loading the page again brings the new one.
        </p>
        <Button onClick={() => location.reload()}>Load again</Button>
      </Empty>
    );
  }
}

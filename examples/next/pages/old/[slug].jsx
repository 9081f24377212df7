import { withGatewatchSSR } from "gatewatch/next";

export const getServerSideProps = withGatewatchSSR(async ({ params }) => {
  if (params.slug === "broken") throw new Error("The old shop is broken");
  return { props: { slug: params.slug } };
});

export default function OldPage({ slug }) {
  return <p>{slug}</p>;
}
